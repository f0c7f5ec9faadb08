# 代下订单：没人接的单找下一家，送到要由另一个人确认。
# An order by hand: refused, reassigned, delivered, confirmed by somebody else; the street keeps it when nobody is near.

clerk opens report text=老人要人擦玻璃 area=@桂花一网格 channel=phone -> 201 $report:=id
clerk POST /orders type=cleaning -> 422 errors.*.field=area
clerk POST /orders type=cleaning area=@桂花一网格 text=擦玻璃 source=$report -> 201 state=asked number~DD-261123- $order:=id
clerk2 sees $order -> 404
clerk reassign $order provider=@演示科技公司 reason=已电话约好 -> 200 fields.provider.name~演示科技
clerk accept $order eta_at=+3h -> 200 state=accepted
restart
clerk deliver $order text=已擦完 -> 200 state=delivered
clerk confirm $order by=本人 satisfied=true -> 403
grid1 confirm $order by=本人 satisfied=true -> 200 state=confirmed
leader GET /figures/order.delivered_in_time -> 200 numerator=1 denominator=1
clerk sees $report -> 200 history.*.verb=followed
