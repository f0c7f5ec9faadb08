/* Words of the pages without a log-in, 简体中文. */
export default {
  public: {
    family_name: "今日平安", family_title: "{name}的今日平安", own_title: "{name}，您好", help_coming: "已经有人在帮您了", no_line: "还没有消息，每天 {n} 点更新", rung_for_me: "有事时会打给", told_daily: "每天告诉家人一句平安", stop_line: "不要再告诉家人", stop_sure: "停了以后，家人的页面就看不到了。", stop_yes: "停止", not_told: "现在没有告诉任何家人", who_looked: "谁看过我的资料", family_hint: "只说设备是否正常、是否求助。老人可以随时停止。",

    track_title: "查询办理进度", code: "查询码", code_hint: "登记时给您的一串字母数字，如 7K2M-9QZ4-T3WA", look: "查询", due: "承诺在 {at} 前答复", steps: "办理经过", reopen: "没解决，请再办", reopen_reason: "哪里还没解决", reopened: "已转交重新办理", rate: "评价一下", responded: "有人联系我了吗", resolved: "问题解决了吗",
    satisfied: "满意吗", responded_yes: "联系了", responded_no: "没有", resolved_yes: "解决了", resolved_partly: "部分解决", resolved_no: "没解决", satisfied_yes: "满意", satisfied_basic: "基本满意", satisfied_no: "不满意", note: "还想说什么（选填）", rated: "谢谢您的评价", another: "再查一件", report_title: "反映问题", place: "地点", what: "什么问题", what_hint: "写几个字就行，也可以只拍照", category: "类别（可不选）", photo: "拍照", contact: "留个电话，方便告诉您结果（可不留）", name: "称呼", phone: "电话", send: "提交",
    same_title: "这里已有人反映", same: "我家也是", same_done: "已记下您也反映", filed: "收到了", your_code: "您的查询码", code_keep: "记下或截图，凭它随时查进度", copy_code: "复制", track: "查进度", answer_title: "吹哨通知单", confirm_title: "请企业确认", next_link: "办完后仍在本页登记；地址栏已换成新的链接，原链接已失效。", from: "发出单位", until: "请在 {at} 前报到", who: "您的姓名", who_phone: "您的电话", report_in: "收到，马上去", finish: "已办结", decline: "不属本单位", finish_text: "怎么办的", decline_text: "理由", basis: "法定依据",
    answered: "已送达街道", now: "现在：{state}", choose: "请选择", emergency: "危及生命请先打 119、120、110", missing: "没有这个页面", other_language: "English", photo_failed: "有照片没传上去，查询页里可以再传", see_photo: "见照片", same_text: "我家也是：{title}",
  },
};
