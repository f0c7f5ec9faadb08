/* Words of the grid worker's phone, 简体中文. */
export default {
  phone: {
    mine: "我的", new: "新登记", me: "本人", unclaimed: "待认领", late: "超时", pull: "下拉刷新", loose: "松手刷新", unsent: "{n} 件尚未送出", fresh: "有 {n} 件新事项，点此显示", urgent: "紧急",
    empty_mine: "手上没有未办的事", empty_unclaimed: "没有待认领的事", empty_late: "没有超时的事", empty_hint: "看到问题，拍张照片就能登记", done: "已{move}", photo: "拍照", album: "相册", reporter: "反映人", thread: "办理过程", system: "系统",
    promised: "我答应过的", kept: "已兑现", large_on: "长辈版（大字）", large_off: "恢复普通字号", desk: "电脑版页面", not_secure: "当前不是 https：不能自动定位；照片照常可拍，没信号时登记的内容留在本机，稍后自动送出。",
    text_hint: "一句话说清（可用键盘的语音输入）", locate: "定位", locating: "正在定位…", located: "已定位", no_location: "定位不可用，请选区域或写地址", kept_here: "没有信号，已存在手机上", kept_hint: "有信号后自动送出，只送一次；在「我的」里能看到",
    other: "换人", find_person: "部门或姓名", firm: "哪家企业（或社区）", they_promised: "对方答应了什么", by_when: "什么时候前",
  },
};
