# 吹哨报到：审签、应哨、未应哨、督办、裁定、办结。
# A whistle for a leaning wall: reviewed, answered by one department, ignored by the other, ruled on, closed by a human.

clerk opens report text="桂花路1号院东边的院墙往外倒，街道没有鉴定资质。" channel=phone area=@桂花路1号院 -> 201 $wall:=id

# The reason must be an item of the street's duty list; the lead must be one of those called.
clerk opens whistle type=hard title=院墙倾斜需鉴定 text=请联合到场处置 from=$wall departments=[@城市管理局,@住房保障中心]
    -> 422 errors.0.field=cannot_because
clerk opens whistle type=hard title=院墙倾斜需鉴定 text=请联合到场处置 from=$wall departments=[@城市管理局]
    lead=@住房保障中心 cannot_because=cooperate.wall_safety -> 422 errors.0.field=lead
clerk opens whistle type=hard title=院墙倾斜需鉴定 text=请联合到场处置 from=$wall departments=[@梧桐街道办事处]
    cannot_because=cooperate.wall_safety -> 422 errors.0.field=departments
clerk2 opens whistle type=hard title=院墙倾斜需鉴定 text=请联合到场处置 area=@桂花路1号院 departments=[@城市管理局]
    cannot_because=cooperate.wall_safety -> 403

clerk opens whistle type=hard title=院墙倾斜需鉴定 text=请联合到场处置 from=$wall departments=[@城市管理局,@住房保障中心]
    lead=@城市管理局 cannot_because=cooperate.wall_safety
    -> 201 state=review phase=open number~CS-261123- calls#=2 calls.0.state=prepared calls.0.number~BD-261123- calls.0.lead=true
       $whistle:=id $urban:=calls.0.id $housing:=calls.1.id
clerk sees $wall -> 200 links.*.type=followed_by

# Nobody is told before a leader has approved.
urban sees $urban -> 404
clerk approve $whistle -> 403
clerk blow $whistle -> 403
leader approve $whistle -> 200 state=blown
leader approve $whistle -> 409
urban sees $whistle -> 200 fields.calls#=2
housing sees $whistle -> 200 fields.calls#=1

# Only the called department reports in, and once.
housing report_in $urban -> 404
clerk report_in $urban -> 403
urban report_in $urban name=城管甲 -> 200 state=here fields.in_time=true
urban report_in $urban -> 409

# Silence: urged, then supervised; the department stays the owner.
after 121 min
clerk sees $housing -> 200 state=silent owner.name=示范区住房保障中心 supervision#=1
after 4 hours
clerk sees $housing -> 200 state=supervised fields.arbiter.name=示范区政府 owner.name=示范区住房保障中心
leader excuse $housing reason=不用来了 -> 403
arbiter excuse $housing -> 422 errors.0.field=reason
arbiter excuse $housing reason=该墙不属直管公房 -> 200 state=excused phase=void

clerk close $whistle result=办完了 -> 409
grid1 arrive $urban people="城管甲等两人" -> 200 state=on_site
urban finish $urban -> 422 errors.0.field=text
urban finish $urban text=已拆除并清运 -> 200 state=finished
clerk sees $whistle -> 200 state=gathered phase=waiting
urban close $whistle result=办完了 -> 403
clerk close $whistle -> 422 errors.0.field=result
clerk close $whistle result=院墙已拆除，下周砌新墙 outcome=solved -> 200 state=closed phase=done
clerk close $whistle result=又办一次 -> 409

# Both sides rate; only the district assessor sees it.
clerk rate $urban score="4" remark=来得及时 -> 200 body!~来得及时
urban rate $urban score="2" remark=现场没有接头人 -> 200 body!~没有接头人
leader sees $urban -> 200 body!~没有接头人 body!~来得及时
arbiter sees $urban -> 200 fields.ratings#=2 fields.ratings.*.remark=现场没有接头人
leader GET /whistle-ratings -> 403
arbiter GET /whistle-ratings -> 200 items#=2

leader GET /figures/whistle.answered_in_time -> 200 numerator=1 denominator=1 exclusions.0.count=1
