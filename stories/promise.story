# 说出口的“周五前”就是承诺：到期前提醒许诺的人，别人看不到也不能代他兑现。
# "Before Friday" is a promise: it rings its maker, and nobody else keeps it.

clerk opens report text="桂花路1号院楼道灯坏了" reporter.phone="13900000001" -> 201 $lamp:=id
clerk accept $lamp -> 200
clerk assign $lamp org=@桂花社区居委会 -> 200
grid1 take $lamp -> 200
grid1 reply $lamp text="师傅周五前修好" public=true -> 200
grid1 GET /promises?mine=1 -> 200 items#=1 items.0.due_at~2026-11-27T18:00 $promise:=items.0.id
clerk GET /promises?mine=1 -> 200 items#=0
clerk POST /promises/$promise/keep -> 404
grid1 POST /matters/$lamp/promises text=带一只新灯泡 due_at=-1h -> 422 errors.0.field=due_at
grid1 POST /matters/$lamp/promises text=带一只新灯泡 due_at=+1d -> 201
grid1 GET /promises?mine=1 -> 200 items#=2
after 4 days
after 510 min
grid1 sees $lamp -> 200 promises.*.rung_at~2026-11-27
grid1 POST /promises/$promise/keep -> 204
grid1 POST /promises/$promise/keep -> 409
