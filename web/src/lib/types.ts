/* What the server sends (API.md names; snake_case as on the wire). */
export interface FieldError { field: string; code: string; message: string }
export interface Choice { name: string; label: string }
export interface Field {
  name: string; type: string; label: string; required?: boolean; min?: number; max?: number;
  choices?: Choice[]; ref?: string; help?: string; fields?: Field[];
}
export interface Move { verb: string; label: string; danger?: boolean; primary?: boolean; fields: Field[] }
export interface Owner { type: "account" | "org" | "seat"; id: number; name: string }
export interface MatterItem {
  id: number; number: string; kind: string; kind_label: string; state: string; state_label: string; phase: string;
  title: string; category?: string; category_label?: string; urgency?: string; area?: number; area_name?: string;
  street?: number; community?: number; grid?: number; owner?: Owner | null; channel?: string;
  opened_at: string; changed_at: string; due_at?: string | null; late?: boolean; reporter_count?: number;
  confidential?: boolean; mirror?: boolean; snippet?: string;
}
export interface Page<T> { items: T[]; next?: string | null }
export interface Reporter { id: number; name: string; phone: string; confidential?: boolean; channel?: string; at?: string }
export interface History {
  seq: number; at: string; who?: number; who_name?: string; verb: string; verb_label?: string;
  from?: string; to?: string; note?: string; channel?: string; seat?: string;
}
export interface Deadline {
  name: string; label: string; seat?: string; seat_name?: string; started_at: string; due_at: string;
  done_at?: string | null; late?: boolean; paused?: boolean;
}
export interface Link { type: string; id: number; number: string; kind: string; title: string; state: string; state_label: string }
export interface FileItem { id: number; name: string; type: string; bytes: number; thumb_url?: string; url: string; at?: string; who?: string }
export interface Promised { id: number; text: string; due_at: string; mine?: boolean; done_at?: string | null; matter?: number; number?: string; title?: string }
export interface Paper { form: string; label: string; url: string; docx_url?: string }
export interface Mirror {
  upstream: string; number: string; due_at?: string; state?: string; state_label?: string;
  requests?: { id?: number; verb?: string; label?: string; state?: string; state_label?: string; at: string; answer?: string; text?: string }[];
  reply_order?: { label: string; value: string }[];
}
export interface Matter extends Omit<MatterItem, "mirror"> {
  text: string; place_name?: string; lat?: number; lon?: number; address?: string; reporters: Reporter[]; history: History[];
  deadlines: Deadline[]; moves: Move[]; links: Link[]; files: FileItem[]; fields?: Record<string, unknown>;
  promises?: Promised[]; version: number; mirror?: Mirror | null; track_code?: string; papers?: Paper[];
}
export interface Grant { id?: number; role: string; role_label: string; area?: number; area_name?: string; org?: number; org_name?: string; from?: string; to?: string }
export interface Me {
  account: { id: number; login: string; name: string; role_label: string; lang?: string; otp?: boolean };
  grants: Grant[]; must_change_password?: boolean; office?: { name: string; demo: boolean; zone: string }; unseen?: number;
}
export interface Kind { name: string; label: string; states: { name: string; label: string; phase: string }[]; moves: string[] }
export interface Meta {
  kinds: Kind[]; phases: { value: string; label: string }[]; channels: Choice[]; urgencies: Choice[]; roles: Choice[];
  demo: boolean; office: string;
}
export interface Area {
  id: number; code: string; name: string; level: string; level_label: string; parent?: number | null; path?: string;
  lat?: number; lon?: number; child_count?: number;
}
export interface Seat { seat: string; label: string; person_name?: string; phone_masked?: string; vacant?: boolean }
export interface AreaFull extends Area { ancestors: Area[]; layers: { id: number; name: string; kind?: string }[]; door_code?: string; seats: Seat[] }
export interface Org { id: number; name: string; kind: string; kind_label?: string; parent?: number | null; phone?: string }
export interface DirectoryEntry { org: number; org_name: string; street?: number; person_name: string; phone: string; rank: "A" | "B" }
export interface Category { code: string; label: string; parent?: string | null; kind?: string; group?: string }
export interface RuleFile { name: string; version: string; source: string; date: string; assumption?: string | boolean; items: Record<string, unknown>[] }
export interface Similar { id: number; number: string; title: string; state_label: string; opened_at: string; distance_m?: number; score?: number }
export interface FeedEvent {
  seq: number; at: string; kind: string; matter: number; number: string; title: string; verb: string; verb_label: string;
  state: string; phase: string; area?: number; street?: number; community?: number; grid?: number; urgency?: string;
}
export interface Board {
  counts: Record<string, number>; staffing: { seat: string; label: string; filled: number; vacant: number }[]; now: string;
}
export interface Figure {
  name: string; label: string; value: number | null; numerator?: number; denominator?: number; unit?: string;
  exclusions?: { label: string; count: number }[]; formula?: string; rule_version?: string;
  series?: { key: string; label: string; value: number | null; numerator?: number; denominator?: number }[];
}
export interface Job { id?: number; state: string; done: number; total: number; errors?: unknown[]; undo?: boolean }
