/* Short messages at the top of the page. */
import { ElMessage } from "element-plus/es/components/message/index";
import "element-plus/theme-chalk/el-message.css";
import "element-plus/theme-chalk/el-badge.css";
import { asProblem } from "@/lib/api";

export function toastGood(message: string): void {
  ElMessage({ message, type: "success", duration: 3500 });
}
export function toastBad(fault: unknown): void {
  ElMessage({ message: asProblem(fault).detail, type: "error", duration: 6000, showClose: true });
}
