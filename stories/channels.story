# 每一个入口都能走到底：门牌码、窗口、巡查、微信群、Open311、接口、城市网格。
# Each channel to its end: the code on a door, the counter, a patrol, a pasted chat, Open311, an API token, the city grid.

# 门牌码就是地点：扫码的人不用写地址。
clerk GET /areas/@1单元 -> 200 $door:=door_code
resident GET /places/$door -> 200 name=1单元
resident GET /places/NO-SUCH-DOOR -> 404
resident POST /public/reports text="单元门关不上" place=$door client_id=door-000001
    -> 201 $door_code:=track_code $door_number:=number
clerk sees $door_number.id -> 200 channel=qr area=@1单元 grid=@桂花一网格
grid1 take $door_number.id -> 200 state=handling
grid1 resolve $door_number.id result=fixed text=已换闭门器 -> 200
resident POST /public/track/$door_code/rate responded=yes resolved=yes satisfied=yes -> 200
clerk sees $door_number.id -> 200 state=closed fields.callback.by=resident

# 窗口：当场登记，当场说明。
clerk opens report text="咨询老年卡在哪里办理" channel=counter nature=consult -> 201 channel=counter $counter:=id
clerk accept $counter -> 200
clerk assign $counter org=@梧桐街道办事处 -> 200
clerk take $counter -> 200
clerk resolve $counter result=explained text=已当面说明地点和所需材料 -> 200 state=resolved
clerk callback $counter outcome=reached responded=yes resolved=yes satisfied=yes -> 403
clerkb callback $counter outcome=reached responded=yes resolved=yes satisfied=yes -> 200 state=closed

# 巡查：即采即办，地点就是网格员自己的网格。
grid1 opens report text="巡查清理小广告" channel=patrol client_id=phone-7-000001 -> 201 channel=patrol area=@桂花一网格 $patrol:=id
grid1 opens report text="巡查清理小广告" channel=patrol client_id=phone-7-000001 -> 200 existing=true id=$patrol
grid1 take $patrol -> 200 state=handling
grid1 resolve $patrol result=fixed text=当场清理干净 -> 200
grid1 callback $patrol outcome=anonymous -> 403
sec1 callback $patrol outcome=anonymous -> 200 state=closed

# 微信群：粘贴进来，一行回音粘贴回去；群里人人看得见，所以不带查询码。
clerk opens report text_pasted="3号楼王阿姨:\n桂花路1号院垃圾三天没人收了\n李四 2026/11/23 8:30\n是啊，电话13900000077\n[图片]"
    -> 201 channel=wechat title=桂花路1号院垃圾三天没人收了 reply_line~BG-261123- $chat:=id $chat_code:=track_code
clerk sees $chat -> 200 text!~李四 reporters#=1 reply_line!~$chat_code
clerk accept $chat category=E0102 -> 200
clerk assign $chat area=@桂花一网格 -> 200
grid1 take $chat -> 200
grid1 resolve $chat result=fixed text=已清运 -> 200
clerk callback $chat outcome=reached responded=yes resolved=yes satisfied=yes -> 200 state=closed

# 接口：一个系统用自己的身份登记；重发同一个编号得到同一个答复。
api opens report text="桂花路1号院充电棚冒烟报警" !key=system-1-0001 -> 201 channel=api urgency=urgent $api:=id $api_number:=number
api opens report text="桂花路1号院充电棚冒烟报警" !key=system-1-0001 -> 201 id=$api number=$api_number
api opens report text="另一件事" !key=system-1-0001 -> 422
clerk accept $api -> 200
clerk assign $api org=@城市管理局 -> 200
urban take $api -> 200
urban resolve $api result=fixed text=已断电排查 -> 200
clerk callback $api outcome=reached responded=yes resolved=yes satisfied=yes -> 200 state=closed

# 城市网格的案卷：镜像件，退单要等上级答复。
clerk opens report text="桂花路1号院门前路面塌陷" mirror.upstream=citygrid mirror.number=CG-0001 mirror.due_at=+5d
    -> 201 channel=citygrid $grid:=id
clerk return $grid basis=cooperate.road reason=属市政设施部门 -> 200 state=returned mirror.requests.0.state_label=待上级
clerk refuse_return $grid reason=不可以由我们决定 -> 409
clerk mirror_answer $grid accepted=true answer=转市政 -> 200 state=given_back phase=void

# 网页和手机页：居民自己填，不用登录，留不留电话都行。
resident POST /public/reports text="桂花路1号院健身器材松动" lat=34.70115 lon=113.60115 client_id=phone-page-0001
    -> 201 $page_number:=number $page_code:=track_code
clerk sees $page_number.id -> 200 channel=mobile
grid1 opens report text="桂花路1号院电动车堵住单元口" channel=mobile -> 201 channel=mobile $web:=id
sec1 accept $web -> 200
sec1 assign $web area=@桂花一网格 -> 200
grid1 take $web -> 200
grid1 resolve $web result=fixed text=已劝离并划线 -> 200
clerk callback $web outcome=anonymous -> 200 state=closed phase=done
clerk accept $page_number.id -> 200
clerk assign $page_number.id org=@桂花社区居委会 -> 200
grid1 take $page_number.id -> 200
grid1 resolve $page_number.id result=fixed text=已紧固 -> 200
resident POST /public/track/$page_code/rate responded=yes resolved=yes satisfied=basic -> 200 state_label=已办结
