/* Words of the grid worker's phone, 简体中文. */
export default {
  phone: {
    mine: "我的", new: "新登记", me: "本人", unclaimed: "待认领", late: "超时", pull: "下拉刷新", loose: "松手刷新", unsent: "{n} 件尚未送出", fresh: "有 {n} 件新事项，点此显示",
    empty_mine: "手上没有未办的事", empty_unclaimed: "没有待认领的事", empty_late: "没有超时的事", empty_hint: "看到问题，拍张照片就能登记", done: "已{move}", photo: "拍照", album: "相册", reporter: "反映人", thread: "办理过程", system: "系统",
    promised: "我答应过的", kept: "已兑现", desk: "电脑版页面", not_secure: "当前不是 https：不能自动定位，没信号时不能打开页面；已打开的页面照常登记，稍后自动送出。",
    text_hint: "一句话说清（可用键盘的语音输入）", locate: "定位", locating: "正在定位…", located: "已定位", no_location: "定位不可用，请选区域或写地址", kept_here: "没有信号，已存在手机上", kept_hint: "有信号后自动送出，只送一次；在「我的」里能看到",
    offline_bar: "没有信号：照常登记、办理，都存在手机上，有信号自动送出，只送一次", offline_since: "（{at} 起）", fresh_version: "页面有新版本", take_version: "换上", send_now: "现在送出", pictures: "{n} 张照片", conflict: "离线期间别人也办了，请比对后决定", compare: "比对", conflict_here: "您离线时办的与现在的情况不一致，请比对", all_unsent: "显示全部 {n} 件",
    unsent_others: "另有 {n} 件是别的账号留下的，由其本人登录后送出", conflict_title: "两边不一致，请您定", side_mine: "您离线时办的", side_now: "现在的情况", insist: "仍要{move}", as_note: "只作补充说明", give_up: "不要了", list_at: "没有信号，列表停在 {at}", no_list: "没有信号，看不到列表", no_list_hint: "仍可登记新的；带上的事项也能看、能办", carried: "我带上的", carried_at: "没有信号，这是 {at} 带上的，可能已有变化", take_along: "带上（没信号也能看、能办）", put_down: "已带上，点此放下",
    kept_move: "没有信号，“{move}”已存在手机上", queued_move: "“{move}”已存，尚未送出", photos_waiting: "{n} 张待送", leave_title: "还有 {n} 件没有送出", leave_hint: "退出登录会清除手机上存的内容。", leave_send: "送出后退出", leave_drop: "删掉这 {n} 件并退出",
    other: "换人", find_person: "部门或姓名", firm: "哪家企业（或社区）", they_promised: "对方答应了什么", by_when: "什么时候前",
  },
  able: {
    title: "这个浏览器能做什么", keeps: "没信号时登记、办理的内容存在手机上，关掉页面、重启也不丢", no_keeps: "这个浏览器不能存内容：没有信号时请不要登记", opens: "没有信号也能打开本页面", no_opens: "没有信号时打不开本页面：出门前先打开，别关掉", locates: "能定位", no_locates: "不能定位：请选区域或写地址",
    fetching: "正在取页面，取完后没信号也能打开", wechat: "微信内置浏览器在苹果手机上不支持离线打开；点右上角“…”，选“在浏览器打开”即可。", no_app: "本页面不是应用，不必安装，也不记录您的位置轨迹。", hint: "这个浏览器没有信号时打不开本页面；已打开的页面照常能用。",
  },
};
