# 多人一事合并，一人多报并案；主件办结，都跟着办结。
# The same trouble of many people is merged, one person's many reports are bundled; all end with their lead.

clerk opens report text="桂花路1号院垃圾堆了三天没人清运" reporter.phone="13900000021" -> 201 $lead:=id
clerk opens report text="桂花路1号院垃圾堆三天了，没人来清运" reporter.phone="13900000022" -> 201 $other:=id similar#=1 similar.0.id=$lead
grid1 merge $other into=$lead -> 403
clerk merge $other into=$other -> 422
clerk merge $other into=999999 -> 404
clerk merge $other into=$lead -> 200 state=merged phase=waiting
clerk merge $lead into=$other -> 422
clerk accept $other -> 409
clerk sees $lead -> 200 fields.merged_count=1 fields.joined.0.reporters#=1

clerk opens report text="桂花路1号院广场舞太吵" reporter.phone="13900000028" -> 201 $dance:=id
clerk opens report text="桂花路1号院广场舞吵得睡不着" reporter.phone="13900000028" -> 201 $again:=id
clerk opens report text="桂花路1号院广场舞太吵" reporter.phone="13900000029" -> 201 $stranger:=id
clerk bundle $stranger into=$dance -> 422
clerk bundle $again into=$dance -> 200 state=bundled
clerk sees $dance -> 200 fields.bundled_count=1
# 说出危险的话，就不再是“又来催”：转给人办。
clerk note $again text=又来电催问 -> 200 state=bundled
clerk note $again text=来电说再这样就不想活了 -> 200
clerk sees $again -> 200 state=accepted

leader GET /figures/report.opened -> 200 numerator=5
leader GET /figures/report.opened_without_joined -> 200 numerator=4

clerk accept $lead -> 200
clerk assign $lead org=@桂花社区居委会 -> 200
grid1 take $lead -> 200
grid1 resolve $lead result=fixed text=已清运 -> 200
clerk callback $lead outcome=reached responded=yes resolved=yes satisfied=yes -> 200 state=closed
clerk sees $other -> 200 state=closed
