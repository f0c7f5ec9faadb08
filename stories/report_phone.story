# 一个电话，一面歪墙：从接听到回访。
# A telephone call about a leaning wall, from the desk to the call-back.

clerk opens report text="桂花路1号院东边的院墙裂缝了，请来看看。" channel=phone
    reporter.name=测试甲 reporter.phone="13900000001"
    -> 201 state=new phase=open channel=phone area=@桂花路1号院 owner.name=桂花社区居委会 deadlines#=2
       number~BG-261123- $wall:=id $code:=track_code

# Nobody of another street or another department sees it.
clerk2 sees $wall -> 404
urban sees $wall -> 404

clerk take $wall -> 403
clerk assign $wall org=@城市管理局 -> 409
clerk accept $wall category=E0408 -> 200 state=accepted category=E0408
clerk assign $wall -> 422
clerk assign $wall org=@城市管理局 note=请今天看现场 -> 200 state=assigned owner.name=示范区城市管理局
housing take $wall -> 404
urban take $wall -> 200 state=handling

# The telephone number is masked for everybody until somebody says why it is needed.
urban sees $wall -> 200 body!~13900000001 history.*.verb=assign
urban reply $wall text="师傅周五前来加固" public=true -> 200
urban resolve $wall result=fixed -> 422 errors.0.field=text
urban resolve $wall result=fixed text=院墙已加固 -> 200 state=resolved

# 回访由经办人以外的人做。 The one who did it does not ask whether it was done.
urban callback $wall outcome=reached responded=yes resolved=yes satisfied=yes -> 403
clerk callback $wall outcome=reached responded=yes -> 422
clerk callback $wall outcome=reached responded=yes resolved=yes satisfied=basic -> 200 state=closed phase=done

resident GET /public/track/$code -> 200 state_label=已办结 body!~院墙 body!~13900000001
leader GET /figures/report.resolved_rate -> 200 numerator=1 denominator=1
