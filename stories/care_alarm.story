# 一键呼叫：老人按键，响铃、接警、通话、派人、到场、结果、次日回访；停电重启后照响。
# An elder calls and it never goes silent: rung, taken, spoken to, sent for, arrived, ended with an outcome and a call the next day.

clerk POST /elders name=演示老人甲 phone="13800009001" area=@桂花路1号院 living=alone spoken=桂花路与梧桐路口向北，1号院1单元302
    -> 201 $elder:=id name!=演示老人甲 contacts#=0
clerk POST /elders/$elder/open reason=看 -> 422 errors.0.field=reason
clerk POST /elders/$elder/open reason=上门复核 -> 200 name=演示老人甲
grid2 GET /elders/$elder -> 404
urban GET /elders/$elder -> 403

# The elder's own telephone rings at the office: that is a call for help.
clerk POST /devices kind=phone protocol=http account="13800009001" person=$elder -> 201 $phone:=id
api POST /calls from="13800009001" pbx_id=pbx-1 -> 201 body!~演示老人甲 $alarm:=matter
clerk sees $alarm -> 200 kind=alarm state=ringing urgency=alarm fields.clear=false fields.ringing.now=true body!~13800009001
clerk GET /alarms -> 200 items#=1 items.0.id=$alarm
clerk2 GET /alarms -> 200 items#=0
urban claim $alarm -> 404

# The power fails. After the restart it rings on at once, and somebody takes it with one key; of two at once one.
restart after 20 min
clerk sees $alarm -> 200 state=ringing fields.ringing.now=true late=true
clerk and duty at once POST /matters/$alarm/claim -> 200 409
clerk take_over $alarm -> 200 state=taken fields.clear=true fields.elder.name=演示老人甲 fields.prompts.0.key=speak_first
clerk outcome $alarm outcome=helped -> 409
clerk no_answer $alarm -> 200 state=help fields.prompts.0.number="120" fields.prompts.0.text~1单元302
clerk called_120 $alarm text=八分钟到 -> 200 fields.called_120_by=专员甲
clerk dispatch $alarm -> 422 errors.0.field=name
clerk dispatch $alarm name=网格员一 minutes=6 -> 200 state=sent
grid1 arrive $alarm text=老人坐在地上，意识清楚 -> 200 state=on_site
grid1 outcome $alarm outcome=drill -> 422 errors.0.field=outcome
grid1 outcome $alarm outcome=hospital text=送医检查 -> 200 state=follow_up phase=waiting
after 25 hours
clerk sees $alarm -> 200 late=true
clerk follow_up $alarm well=true text=已回家，无骨折 -> 200 state=closed phase=done

# A drill says so everywhere and ends as one.
clerk POST /alarms said=fire area=@桂花路1号院 drill=true -> 201 title~演练 prompts#=1 prompts.0.key=drill $drill:=id
clerk claim $drill -> 200
clerk end_drill $drill -> 200 state=drilled phase=void
leader GET /figures/alarm.opened -> 200 numerator=1
leader GET /figures/alarm.answered_60 -> 200 numerator=0 denominator=1 exclusions.0.count=1 norm.value=0.975
