# 设备：送达不等于启用；试呼、核读地址；失联和故障有人管；家属每天一句话，老人可以停。
# A device: delivered is not live. Silence and faults are somebody's task. One line a day to the family, until the elder stops it.

clerk POST /elders name=演示老人乙 area=@桂花路1号院 living=alone -> 201 $elder:=id
clerk POST /devices kind=button vendor=示范厂 protocol=http account=K-1 person=$elder interval_s=600 -> 201 $key:=id
clerk GET /care/devices?list=not_live -> 200 items#=1 items.0.activation=delivered
clerk GET /care/devices?list=never_tested -> 200 items#=1
clerk POST /care/devices/$key/steps step=live -> 409
clerk POST /care/devices/$key/steps step=agreed text=演示老人乙 -> 422 errors.0.field=step
clerk POST /elders/$elder/consents scope=device given_by=elder name=演示老人乙 -> 200 consents#=1
clerk POST /care/devices/$key/steps step=agreed text=演示老人乙 -> 200 activation=agreed state=testing
clerk POST /care/devices/$key/steps step=tested text=专员甲 -> 409
grid2 GET /care/devices/$key -> 404

# Nobody hears it for three of its intervals.
clerk PATCH /devices/$key state=active -> 200
after 31 min
clerk GET /matters?kind=upkeep -> 200 items#=1 $task:=items.0.id
clerk sees $task -> 200 state=fault fields.fault=silent fields.risk=middle
grid1 substitute $task -> 200 state=covered fields.substitute~电话
clerk repair $task how=known text=老人住院，已与家属确认 -> 200 state=repaired phase=done

# One line a day.
clerk POST /elders/$elder/family -> 409
clerk POST /elders/$elder/consents scope=family_line given_by=elder name=演示老人乙 -> 200
clerk POST /elders/$elder/family -> 200 $family:=link
clerk POST /elders/$elder/page -> 200 $page:=link
after 10 hours
resident GET /public$family -> 200 days#=1 days.0.line~核实 body!~桂花
resident POST /public$page/stop -> 200 family_line=false
resident GET /public$family -> 410
resident POST /public$page/stop -> 409
