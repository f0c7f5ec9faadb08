/* Words of forms that desk, phone and public pages share. */
export default {
  report: {
    save_key: "Ctrl+Enter 保存", text: "什么情况", text_hint: "把话记下来，或从微信群、12345 页面直接粘贴（文字、截图都行）", pictures: "照片", urgent: "紧急", confidential: "为反映人保密", mirror: "上级工单",
    upstream: "来自", citygrid: "城市运管平台", other: "其他", upstream_number: "工单编号", upstream_due: "上级时限", channel: "渠道", category: "类别", category_auto: "由系统判断", name: "反映人", phone: "电话", save: "登记",
    save_merge: "登记并并入 {number}", clear: "清空", place: "在哪里", area: "区域", address: "详细地址", address_hint: "如 市场街75号院 2号楼门口", map: "点地图选地点", map_hint: "点一下地图就是地点，网格自动认出", disputed: "此处两个网格都认领：先收到的先办，两边时限都走",
    similar: "是不是同一件事", similar_none: "输入情况后，这里列出相似的在办事项", same: "是同一件", metres: "相距 {n} 米", filed: "已登记", reply_line: "粘贴回群里的一句话：", copy_line: "复制这句话", open: "打开这件事", another: "再登一件",
  },
  password: { title: "修改密码", first_hint: "第一次登录，请先换成自己的密码", old: "现在的密码", new: "新密码（至少 8 位）", again: "再输一遍", differs: "两次输入不一样", change: "修改密码", done: "密码已修改" },
};
