# 每一种“不行”：不予受理、退单、延期、挂账、合并、看不见。
# Every refusal on a report's way.

# 不予受理须有依据。
clerk opens report text="桂花路1号院有人在邻街道烧烤" -> 201 $elsewhere:=id
clerk reject $elsewhere reason=不归我们 -> 422 errors.0.field=basis
clerk reject $elsewhere basis=because reason=不归我们 -> 422 errors.0.field=basis
grid1 reject $elsewhere basis=elsewhere reason=在邻街道 -> 403
clerk reject $elsewhere basis=elsewhere reason=在邻街道 -> 200 state=rejected phase=void
clerk accept $elsewhere -> 409
clerk reopen $elsewhere reason=核实在本街道 -> 200 state=accepted

# 退单只有一次，且须依据履职清单。
clerk opens report text="桂花路1号院门口路灯不亮" category=E9999 -> 422 errors.0.field=category
clerk opens report text="桂花路1号院门口路灯不亮" -> 201 $lamp:=id
clerk return $lamp basis=cooperate.road reason=属市政部门 -> 409
clerk accept $lamp -> 200
clerk assign $lamp org=@桂花社区居委会 -> 200
grid1 take $lamp -> 200
grid1 return $lamp reason=不归我们 -> 422 errors.0.field=basis
grid1 return $lamp basis=cooperate.road reason=属市政部门 -> 200 state=returned
grid1 refuse_return $lamp reason=自己驳回自己 -> 403
clerk refuse_return $lamp reason=属地先看现场 -> 200 state=assigned
grid1 return $lamp basis=cooperate.road reason=还是不归我们 -> 409

# 延期须在到期前，由别人批准，只有一次。
grid1 take $lamp -> 200
grid1 extend $lamp until=-1h reason=雨天 -> 422 errors.0.field=until
grid1 extend $lamp until=+12d reason=雨天无法施工 -> 200
grid1 approve_extend $lamp -> 403
clerk approve_extend $lamp -> 200 fields.due_close=+12d
grid1 extend $lamp until=+20d reason=还要 -> 409
clerk opens report text="桂花路1号院下水道堵了" -> 201 $late:=id
clerk accept $late -> 200
clerk assign $late org=@桂花社区居委会 -> 200
grid1 take $late -> 200
after 8 days
clerk sees $late -> 200 late=true owner.name=网格员一
grid1 extend $late until=+3d reason=忘记了 -> 409
grid1 return $late basis=cooperate.drainage reason=过期了才说 -> 409

# 挂账要批准，恢复后接着走剩下的时限。
grid1 suspend $lamp reason=等年度大修资金 -> 200 state=handling
grid1 approve_suspend $lamp -> 403
leader approve_suspend $lamp -> 200 state=suspended phase=waiting
after 10 days
grid1 resume $lamp -> 200 state=handling late=false

# 举报件：被举报单位看不见，也不与署名件合并。
clerk opens report text="桂花路1号院反映社区工作人员收费" nature=tipoff accused_org=@桂花社区居委会
    reporter.name=测试丁 reporter.phone="13900000031" -> 201 owner.name=梧桐街道办事处 $tip:=id
clerk opens report text="桂花路1号院反映社区工作人员收费" reporter.phone="13900000032" -> 201 $named:=id similar.*.id!=$tip
sec1 sees $tip -> 404
grid1 sees $tip -> 404
sec1 GET /matters?q=收费 -> 200 items.*.id!=$tip
sec1 accept $tip -> 404
clerk merge $tip into=$named -> 422
clerk merge $named into=$tip -> 422
clerk accept $tip -> 200
clerk assign $tip org=@桂花社区居委会 -> 403
clerk assign $tip org=@城市管理局 -> 200
urban sees $tip -> 200 body!~13900000031

# 外街道什么也看不见。
clerk2 sees $lamp -> 404
clerk2 note $lamp text=看看 -> 404
clerk2 GET /matters -> 200 items#=0
clerk2 GET /matters?q=路灯 -> 200 items#=0
kiosk opens report text="大屏不能登记" -> 403
auditor opens report text="审计不能登记" -> 403
resident GET /matters -> 401
