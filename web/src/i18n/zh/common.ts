/* Words shared by all pages, 简体中文. */
export default {
  app: { name: "五星", line: "一个街道的事，件件有着落" },
  demo: { mark: "演示数据：人、单位、事情均为虚构" },
  time: {
    moment: "不到 1 分钟", minutes: "{n} 分钟", hours: "{n} 小时", hours_more: "{n} 小时 {m} 分", days: "{n} 天", days_more: "{n} 天 {m} 小时",
    just_now: "刚刚", ago: "{span}前", in: "{span}后", left: "还剩 {span}", over: "超时 {span}",
  },
  live: { live: "实时", connecting: "正在连接", lost: "连接中断", banner: "与服务器的连接在 {at} 中断，画面可能不是最新；恢复后会自动补齐" },
  do: {
    save: "保存", cancel: "取消", close: "关闭", again: "再试一次", loading: "正在读取…", done: "完成", copied: "已复制", copy: "复制", print: "打印",
    delete: "删除", add: "新增", edit: "修改", search: "搜索", back: "返回", send: "提交", yes: "是", no: "否", next: "下一步", more: "更多", remove: "移除 {name}",
  },
  map: { closer: "放大", farther: "缩小" },
  elder: { on: "长辈版", off: "普通版", smaller: "小一号", larger: "大一号" },
  urgency: { urgent: "紧急", critical: "特急" },
  error: { offline: "连不上服务器，请检查网络后再试" },
  pick: { type: "输入名称查找", none: "没有找到", clear: "清空", drop: "移除 {name}" },
  form: { choose: "请选择", optional: "选填" },
  files: { add: "添加照片或文件", sending: "正在上传" },
  login: {
    login: "账号", password: "密码", otp: "动态验证码（6 位）", enter: "登录", demo: "演示街道：点一下即可登录", track: "居民查询进度",
  },
  nav: {
    login: "登录", home: "今日待办", matters: "事项", report: "新登记", whistle: "吹哨", direct: "电话直达哨", wall: "指挥室", figures: "数据", me: "我的账号",
    api: "接口说明", admin: "管理", main: "主导航", fold: "收起", search: "搜索事项、编号、地址", keys: "快捷键", account: "账号菜单", light: "浅色", dark: "深色",
    other_language: "English", phone: "手机页面", logout: "退出登录", skip: "跳到正文",
  },
};
