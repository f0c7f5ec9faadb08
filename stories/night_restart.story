# 夜里停电：重启之后，该响的钟立刻响，没有一件事没人管。
# The power fails at night. After the restart every clock that fell due fires at once, and nothing is ownerless.

clerk opens report text="桂花路1号院东边的院墙裂缝了" -> 201 $wall:=id
clerk opens report text="桂花路1号院闻到煤气味，像是漏气" -> 201 urgency=urgent $gas:=id
grid1 opens whistle type=emergency title=院墙倒塌 text=压住车辆，人员已撤离 area=@桂花路1号院 departments=[@城市管理局]
    -> 201 $whistle:=id $call:=calls.0.id
clerk sees $wall -> 200 late=false
clerk sees $gas -> 200 late=false supervision#=0

# A first answer given before the night is the same after it.
api opens report text="夜间巡检：水泵异响" !key=night-1 -> 201 $pump:=id

restart after 9 hours
clerk sees $wall -> 200 state=new late=true supervision#=1 owner.name=桂花社区居委会
clerk sees $gas -> 200 late=true supervision#=1
clerk sees $call -> 200 state=silent fields.urged=1 owner.name=示范区城市管理局
api opens report text="夜间巡检：水泵异响" !key=night-1 -> 201 id=$pump
clerk GET /matters?overdue=1 -> 200 items.*.id=$wall items.*.id=$gas

# Nothing fires twice.
restart
clerk sees $wall -> 200 supervision#=1
after 16 min
clerk sees $call -> 200 state=supervised fields.arbiter.name=示范区政府 owner.name=示范区城市管理局
urban report_in $call -> 200 state=here fields.in_time=false
