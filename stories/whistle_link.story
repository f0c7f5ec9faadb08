# 部门无账号：一次性链接应哨。
# A department answers through a link that works once, and gets the next one for the rest.

clerk opens whistle type=emergency title=院墙倒塌 text=压住车辆 area=@桂花路1号院 departments=[@城市管理局] -> 201 $whistle:=id $call:=calls.0.id
clerk sees $call -> 200 fields.link~/a/ $first:=fields.link
urban sees $call -> 200 body!~/a/

resident GET /public/answer/$first.tail -> 200 org_name=示范区城市管理局 actions.0=report_in
resident GET /public/answer/1-1-0000 -> 404
resident POST /public/answer/$first.tail action=report_in name=城管甲 -> 422 errors.0.field=phone
resident POST /public/answer/$first.tail action=uphold name=城管甲 phone=13800000011 -> 422
resident POST /public/answer/$first.tail action=finish text=好了 name=城管甲 phone=13800000011 -> 409
resident POST /public/answer/$first.tail action=decline text=不归我们管 name=城管甲 phone=13800000011 -> 422

resident and resident at once POST /public/answer/$first.tail action=report_in name=城管甲 phone=13800000011 -> 200 410
resident GET /public/answer/$first.tail -> 410
clerk sees $call -> 200 state=here fields.answered_by=城管甲 fields.answered_channel=link $second:=fields.link

clerk relink $call -> 200 $third:=fields.link
resident GET /public/answer/$second.tail -> 410
restart
resident POST /public/answer/$third.tail action=finish text=已清运 name=城管甲 phone=13800000011 -> 200 state=finished
clerk sees $whistle -> 200 state=gathered

# A link ends by itself after a week.
clerk opens whistle type=emergency title=井盖缺失 text=路口 area=@桂花路1号院 departments=[@城市管理局] -> 201 $late:=calls.0.id
clerk sees $late -> 200 $old:=fields.link
after 7 days
after 1 min
resident POST /public/answer/$old.tail action=report_in name=城管甲 phone=13800000011 -> 410
