# 逐级扩大呼叫：没人接警就一直响，多一个岗位又多一个岗位，停电也不断。
# Nobody takes the alarm: one seat more each step, through a power cut, until a human has it.

clerk POST /seats org=@梧桐街道办事处 kind=duty_officer name=值班员甲 phone="13800000101" -> 201 $officer:=id
clerk POST /seats org=@梧桐街道办事处 kind=duty_leader name=带班领导 phone="13800000102" -> 201 $leader:=id
clerk POST /seats org=@梧桐街道办事处 kind=duty_officer name=值班员乙 phone="12" -> 422 errors.0.field=phone
duty GET /duty area=@桂花一网格 -> 200 nobody=true
duty POST /shifts seat=$officer kind=night from=-1h to=+12h -> 201
duty POST /shifts seat=$leader kind=night from=-1h to=+12h -> 201
duty GET /duty area=@桂花一网格 -> 200 nobody=false order.0.name=值班员甲 order.1.name=带班领导
grid1 GET /duty area=@桂花一网格 -> 200 order.0.phone=138****0101

clerk POST /alarms said=rescue area=@桂花路1号院 -> 201 $alarm:=id
duty GET /matters/$alarm/rings -> 200 ringing=true step=1 items#=1 items.0.name=值班员甲 items.0.result=""
clerk2 GET /matters/$alarm/rings -> 404
after 30 sec
duty GET /matters/$alarm/rings -> 200 step=2 items.*.name=带班领导
after 30 sec
duty GET /matters/$alarm/rings -> 200 step=3 ringing=true
restart after 3 hours
duty GET /matters/$alarm/rings -> 200 step=4 ringing=true
duty POST /matters/$alarm/rings name=楼下邻居 -> 422 errors.0.field=what
duty POST /matters/$alarm/rings name=楼下邻居 what=已去敲门 -> 200 items.*.result=logged
duty claim $alarm -> 200
duty GET /matters/$alarm/rings -> 200 ringing=false stopped_by=@duty
after 10 min
duty GET /matters/$alarm/rings -> 200 items.*.why=hand
