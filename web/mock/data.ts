/* Synthetic street for working on pages without a server: fictional places and people only, from a fixed seed. */
export interface MockArea {
  id: number; code: string; name: string; level: string; level_label: string; parent: number | null; path: string;
  lat: number; lon: number; child_count: number; ring: [number, number][];
}

let seed = 20261123;
export function random(): number {
  seed = (seed * 1103515245 + 12345) & 0x7fffffff;
  return seed / 0x7fffffff;
}
export const pick = <T>(list: T[]): T => list[Math.floor(random() * list.length)];

export const areas: MockArea[] = [];
const LAT = 34.742, LON = 113.598, CELL = 0.0046;

/* Corners of a lattice, pushed a little, so that neighbours share their border. */
const corners: [number, number][][] = [];
for (let y = 0; y <= 4; y++)
  corners.push(Array.from({ length: 7 }, (_, x) =>
    [LON + CELL * (x + (random() - 0.5) * 0.45), LAT + CELL * 0.85 * (y + (random() - 0.5) * 0.45)] as [number, number]));

function add(area: Omit<MockArea, "id" | "child_count" | "path" | "lat" | "lon"> & { lat?: number; lon?: number }): MockArea {
  const id = areas.length + 1;
  const parent = areas.find((item) => item.id === area.parent);
  if (parent)
    parent.child_count++;
  const ring = area.ring;
  const lon = ring.length ? ring.reduce((sum, point) => sum + point[0], 0) / ring.length : area.lon ?? LON;
  const lat = ring.length ? ring.reduce((sum, point) => sum + point[1], 0) / ring.length : area.lat ?? LAT;
  const made = { ...area, id, child_count: 0, path: `${parent?.path ?? "/"}${id}/`, lat, lon };
  areas.push(made);
  return made;
}

const district = add({ code: "410199", name: "演示区", level: "district", level_label: "区", parent: null, ring: [] });
export const street = add({ code: "410199001", name: "梧桐街道", level: "street", level_label: "街道", parent: district.id, ring: [] });
const communities = ["桂花里社区", "石榴园社区", "南门桥社区", "纺机社区", "柳林社区", "河湾社区"];
communities.forEach((name, index) => {
  const x = (index % 3) * 2, y = Math.floor(index / 3) * 2;
  const outline = [[x, y], [x + 1, y], [x + 2, y], [x + 2, y + 1], [x + 2, y + 2], [x + 1, y + 2], [x, y + 2], [x, y + 1]]
    .map(([cx, cy]) => corners[cy][cx]);
  const community = add({ code: `41019900100${index + 1}`, name, level: "community", level_label: "社区", parent: street.id, ring: outline });
  for (let cell = 0; cell < 4; cell++) {
    const gx = x + (cell % 2), gy = y + Math.floor(cell / 2);
    const ring = [corners[gy][gx], corners[gy][gx + 1], corners[gy + 1][gx + 1], corners[gy + 1][gx]];
    const grid = add({ code: `${community.code}0${cell + 1}`, name: `第${"一二三四"[cell]}网格`, level: "grid", level_label: "网格", parent: community.id, ring });
    for (let yard = 0; yard < 2; yard++)
      add({ code: `${grid.code}${yard}`, name: `${pick(["市场街", "梧桐路", "青年巷", "纺织路", "柳林街"])}${10 + Math.floor(random() * 90)}号院`,
            level: "courtyard", level_label: "楼院", parent: grid.id, ring: [], lat: grid.lat + (random() - 0.5) * 0.002, lon: grid.lon + (random() - 0.5) * 0.002 });
  }
});

export function ancestors(id: number): MockArea[] {
  const found: MockArea[] = [];
  for (let area = areas.find((item) => item.id === id); area; area = areas.find((item) => item.id === area!.parent))
    found.unshift(area);
  return found;
}
export function above(id: number, level: string): number | undefined {
  return ancestors(id).find((area) => area.level === level)?.id;
}
export const fullName = (id: number) => ancestors(id).slice(2).map((area) => area.name).join(" ") || street.name;

export const orgs = [
  { id: 1, name: "梧桐街道办事处", kind: "street", kind_label: "街道", parent: null, phone: "0371-5550100" },
  { id: 2, name: "演示区住建局", kind: "department", kind_label: "委办局", parent: null, phone: "0371-5550201" },
  { id: 3, name: "演示区城管局", kind: "department", kind_label: "委办局", parent: null, phone: "0371-5550202" },
  { id: 4, name: "演示区市场监管局", kind: "department", kind_label: "委办局", parent: null, phone: "0371-5550203" },
  { id: 5, name: "演示区消防大队", kind: "department", kind_label: "委办局", parent: null, phone: "0371-5550204" },
  { id: 6, name: "桂花物业", kind: "property", kind_label: "物业", parent: null, phone: "0371-5550301" },
  { id: 7, name: "示例食品公司", kind: "firm", kind_label: "企业", parent: null, phone: "0371-5550401" },
];
export const directory = [
  { org: 2, org_name: "演示区住建局", street: 2, person_name: "示例甲", phone: "13800000021", rank: "A" },
  { org: 2, org_name: "演示区住建局", street: 2, person_name: "示例乙", phone: "13800000022", rank: "B" },
  { org: 3, org_name: "演示区城管局", street: 2, person_name: "示例丙", phone: "13800000031", rank: "A" },
  { org: 4, org_name: "演示区市场监管局", street: 2, person_name: "示例丁", phone: "13800000041", rank: "A" },
];
export const accounts = [
  { id: 1, login: "admin", name: "示例管理员", role: "admin", role_label: "管理员", area: 2 },
  { id: 2, login: "clerk", name: "示例专员", role: "clerk", role_label: "热线专员", area: 2 },
  { id: 3, login: "leader", name: "示例主任", role: "leader", role_label: "分管领导", area: 2 },
  { id: 4, login: "grid", name: "示例网格员", role: "grid", role_label: "网格员", area: 4 },
  { id: 5, login: "dept", name: "示例局专员", role: "dept", role_label: "部门", area: 2, org: 2 },
];
export const categories = [
  { code: "0101", label: "道路破损", parent: "01", kind: "part", group: "市政设施" },
  { code: "0102", label: "井盖缺失", parent: "01", kind: "part", group: "市政设施" },
  { code: "0201", label: "乱堆乱放", parent: "02", kind: "event", group: "市容环境" },
  { code: "0202", label: "占道经营", parent: "02", kind: "event", group: "市容环境" },
  { code: "0301", label: "墙体开裂倾斜", parent: "03", kind: "event", group: "房屋安全" },
  { code: "0302", label: "漏水停水", parent: "03", kind: "event", group: "房屋安全" },
  { code: "0401", label: "噪声扰民", parent: "04", kind: "event", group: "邻里" },
  { code: "0501", label: "飞线充电", parent: "05", kind: "event", group: "消防安全" },
];
export const dutyList = [
  { key: "J12", label: "基本履职：开展辖区房屋安全日常巡查", group: "基本履职" },
  { key: "P07", label: "配合履职：危险房屋鉴定与治理（主责：区住建局）", group: "配合履职" },
  { key: "P15", label: "配合履职：占压燃气管道违法建设处置（主责：区城管局）", group: "配合履职" },
  { key: "S03", label: "上级收回：食品经营行政处罚（由区市场监管局承担）", group: "上级部门收回" },
];
