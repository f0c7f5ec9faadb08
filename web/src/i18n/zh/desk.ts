/* Words of the desk and the wall, 简体中文. */
export default {
  home: { title: "{name}，现在要办的", mine: "我手上的", all: "全部", mine_empty: "手上没有未办的事", mine_hint: "可以看看还没人认领的", late: "已超时", unclaimed: "待认领", unclaimed_empty: "都有人办了" },
  board: { alarms: "报警", overdue: "超时", due_today: "今日到期", unclaimed: "待认领", open: "在办", done_today: "今日办结", opened_today: "今日新增" },
  list: {
    xlsx: "导出表格", csv: "导出 CSV", columns: "显示列", fresh: "有 {n} 件新事项，点此显示", empty: "没有符合条件的事项", empty_hint: "放宽筛选条件，或登记一件新的", clear: "清除筛选", shown: "已显示 {n} 件",
    more: "再看 50 件", matter: "事项", mark: "选中 {number}", mark_all: "全选", mirror: "上级工单", confidential: "保密", reporters: "{n} 人反映", nobody: "待认领", filters: "筛选", q: "内容、编号、地址",
    any_kind: "全部类型", any_state: "全部状态", any_area: "全部区域", any_category: "全部类别", any_channel: "全部渠道", any_urgency: "全部紧急程度", sort: "排序", newest: "最新在前", due_first: "先到期在前", more_filters: "更多条件", from: "从", to: "到",
  },
  column: { area: "区域", category: "类别", owner: "承办", state: "状态", due: "时限", opened: "登记", changed: "最近变化", channel: "渠道", kind: "类型", urgency: "紧急程度" },
  view: { label: "视图", open: "在办", mine: "我的", overdue: "超时", unclaimed: "待认领", done: "已结", all: "全部", keep: "存为视图", name: "视图名称", drop: "删除视图 {name}" },
  bulk: { marked: "已选 {n} 件", mixed: "所选类型不同，不能一起办", clear: "取消选择", title: "{move}：{n} 件", done: "已办 {n} 件，{bad} 件未成", undo: "撤销", undone: "已撤销" },
  move: { sure: "确定要{move}吗？", done: "已{move}" },
  matter: {
    gone_hint: "可能不在您的范围内，或编号有误", to_list: "回到事项列表", text: "情况", place: "地点", map: "地点地图", owner: "承办", code: "查询码", copy_code: "复制查询码", more: "其他", clocks: "时限", paused: "已暂停",
    done_late: "超时完成", done_in_time: "按时完成", until: "{at} 前", thread: "办理过程", system: "系统", note: "补充", note_hint: "补充一句（Ctrl+Enter 提交）", reporters: "反映人", no_name: "未留姓名", unmask: "查看", unmask_title: "查看完整信息",
    unmask_hint: "查看会被记录，本人可以看到是谁、为什么看的。", unmask_reason: "理由", links: "关联", papers: "文书", docx: "Word", papers_hint: "打印盖章后，拍照上传即可认领到本事项",
  },
  link: { child: "下级", parent: "上级", same: "同一事项", bundle: "归并", merged: "已并入", duplicate: "重复" },
  promise: { title: "承诺", add: "记一条", what: "答应了什么", when: "什么时候前", none: "没有承诺", keep: "已兑现", kept: "已兑现", mine: "我答应过的", none_mine: "没有未兑现的承诺" },
  mirror: { title: "上级工单", hint: "退单、延期、挂账、办结都是请求，记下上级答复后才算数。", waiting: "待上级", copy: "复制答复", preview: "看看答复的样子" },
  whistle: {
    calls: "应哨部门", department: "部门", answer: "办理", no_calls: "批准后通知部门",
  },
  keys: { title: "快捷键", find: "搜索", report: "新登记", whistle: "吹哨", direct: "电话直达哨", palette: "去哪里（也可用 Ctrl+K）", move: "上下移动", open: "打开", mark: "选中", next: "办下一步", note: "补充一句", back: "返回", help: "这张表" },
  palette: { title: "去哪里", hint: "输入页面名、事项编号或内容" },
  alarm: { title: "{n} 个报警待接", flash: "● 报警", blocked: "浏览器挡住了声音，点一下打开：", unblock: "打开声音", see: "去处理" },
  missing: { title: "没有这个页面", hint: "地址可能写错了" },
  admin: { accounts: "账号与权限", areas: "区域与岗位", orgs: "单位与通讯录", rules: "规则", imports: "导入", webhooks: "对外推送", tokens: "接口令牌", log: "操作记录" },
};
