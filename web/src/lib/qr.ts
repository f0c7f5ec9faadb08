/* QR codes as a square of booleans, for drawing as SVG. */
import qrcode from "qrcode-generator";

export function qrModules(text: string): boolean[][] {
  const code = qrcode(0, "M");
  code.addData(text);
  code.make();
  const count = code.getModuleCount();
  return Array.from({ length: count }, (_, y) => Array.from({ length: count }, (_unused, x) => code.isDark(y, x)));
}
