/* Forms from the server's field descriptions: which control, first values, what to send. */
import { fromLocalInput } from "./time";
import type { Field } from "./types";

export type Control =
  "text" | "long" | "number" | "bool" | "choice" | "rule" | "time" | "day" | "area" | "org" | "account" | "matter" | "ids" | "texts" | "secret";

export function controlOf(field: Field): Control {
  const type = field.type.toLowerCase();
  if (type === "choice" || field.choices?.length)
    return "choice";
  if (type === "id" || type === "ids") {
    if (field.ref === "area" || field.ref === "areas" || field.name === "area")
      return "area";
    if (type === "ids")
      return "ids";
    if (field.ref === "org" || field.ref === "orgs" || field.name === "org")
      return "org";
    if (field.ref === "account" || field.name === "account")
      return "account";
    if (field.ref === "matter" || field.name === "into")
      return "matter";
    return "number";
  }
  const simple: Record<string, Control> = {
    bool: "bool", int: "number", integer: "number", number: "number", degree: "number", text: "text", string: "text",
    long_text: "long", longtext: "long", rule: "rule", time: "time", day: "day", date: "day", secret: "secret", texts: "texts", boolean: "bool",
  };
  return simple[type] ?? "text";
}

export type Values = Record<string, unknown>;

export function firstValues(fields: Field[]): Values {
  return Object.fromEntries(fields.map((field) => [field.name, controlOf(field) === "ids" || controlOf(field) === "texts" ? [] : ""]));
}

/* Empty stays out (absent is not zero); times get the office's offset. */
export function toBody(fields: Field[], values: Values): Values {
  const body: Values = {};
  for (const field of fields) {
    const value = values[field.name];
    if (value === "" || value === undefined || value === null || (Array.isArray(value) && !value.length))
      continue;
    const control = controlOf(field);
    if (control === "time")
      body[field.name] = fromLocalInput(String(value));
    else if (control === "number" || control === "matter")
      body[field.name] = Number(value);
    else if (control === "bool")
      body[field.name] = value === true || value === "true";
    else
      body[field.name] = value;
  }
  return body;
}
