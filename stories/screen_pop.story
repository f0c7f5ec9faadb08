# 来电弹屏：只显示该号码未办结的事项，一人接办。
# A telephone rings: open service matters of that number only, and one person takes the call.

clerk opens report text="楼道灯不亮，三楼拐角。" channel=phone area=@桂花路1号院 reporter.name=测试甲 reporter.phone="13900000001" -> 201 $light:=id
clerk opens report text="这件事已经办结。" channel=phone area=@桂花路1号院 reporter.name=测试甲 reporter.phone="13900000001" -> 201 $old:=id
clerk withdraw $old reason=居民说已经好了 -> 200

api opens call from=nobody -> 422 errors.0.field=from
urban opens call from="13900000001" -> 403
api opens call from="139 0000 0001" to="0371-60000000" pbx_id=pbx-1 -> 201 body!~13900000001 $call:=id
api opens call from="13900000001" pbx_id=pbx-1 -> 200 id=$call
clerk GET /calls?open=1 -> 200 items#=1 items.0.matters#=1 items.0.matters.0.id=$light body!~13900000001
clerk2 GET /calls?open=1 -> 200 items.0.matters#=0
urban GET /calls?open=1 -> 403

clerk and clerkb at once POST /calls/$call/claim -> 200 409
clerk GET /calls?open=1 -> 200 items#=0
duty POST /calls/$call/claim -> 409
