# 12345 工单退单：上级不同意就接着办，同意了才离开我们。
# Returning an order of 12345: refused upstream it stays ours and is not asked twice; accepted it leaves us.

clerk opens report text="桂花路1号院门前路灯不亮" mirror.upstream="12345" mirror.number=ZZ20261123101 mirror.due_at=+7d
    -> 201 channel="12345" $stays:=id
clerk return $stays reason=不归我们 -> 422 errors.0.field=basis
clerk return $stays basis=cooperate.road reason=属市政设施部门 -> 200 state=returned mirror.requests.0.state_label=待上级
clerk assign $stays org=@桂花社区居委会 -> 409
clerk mirror_answer $stays -> 422
clerk mirror_answer $stays accepted=false answer=属地先行处置 -> 200 state=accepted mirror.requests.0.state=refused
clerk return $stays basis=cooperate.road reason=还是不归我们 -> 409
clerk mirror_answer $stays accepted=true -> 409

clerk opens report mirror.upstream="12345"
    text_pasted="工单编号：ZZ20261123102\n诉求标题：下水道冒水\n诉求内容：桂花路1号院下水道冒水\n来电号码：13900000042\n诉求人：测试戊\n是否保密：是\n截止时间：2026-11-27 18:00\n"
    -> 201 title=下水道冒水 $leaves:=id
clerk sees $leaves -> 200 mirror.number=ZZ20261123102 mirror.due_at="2026-11-27T18:00:00+08:00" confidential=true body!~13900000042
clerk accept $leaves -> 200
clerk assign $leaves org=@桂花社区居委会 -> 200
grid1 take $leaves -> 200
grid1 return $leaves basis=cooperate.drainage reason=属水务部门 -> 200 state=returned phase=open
clerk withdraw $leaves reason=来电撤回 -> 409
api mirror_answer $leaves verb=return accepted=true answer=已转水务局 -> 200 state=given_back phase=void
