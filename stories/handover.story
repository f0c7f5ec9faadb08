# 交接班：没有接收人就下不了班。
# Nobody is released while a promise has no receiving name; both sides confirm; the sheet prints; the morning page opens.

clerk opens report text=楼道灯不亮 area=@桂花一网格 channel=phone -> 201 $lamp:=id
duty POST /matters/$lamp/promises text=天亮前回电话 due_at=+10h -> 201
duty POST /handovers incoming=@duty -> 422 errors.0.field=incoming
duty POST /handovers incoming=@clerkb
    -> 201 state=draft number~JB-261123- fields.missing=1 fields.lines.0.section=promise $sheet:=id $line:=fields.lines.0.id
duty offer $sheet -> 409 detail~没有接收人
duty receive $sheet lines=[$line] receiver=@clerkb -> 200 fields.missing=0
duty line $sheet section=key body=值班室钥匙一把 -> 200
clerkb take_over $sheet -> 409
duty offer $sheet -> 200 state=offered
restart
duty take_over $sheet -> 403
clerkb take_over $sheet -> 200 state=done fields.released=true
clerkb GET /promises mine=1 -> 200 items#=1
clerk sees $lamp -> 200 history.1.verb=handed_over
leader GET /matters/$sheet/paper/handover -> 200 body~值班交接登记表 body~专员乙
leader GET /morning -> 200 parts.*.key=handover
clerk2 sees $sheet -> 404
