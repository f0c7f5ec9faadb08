# 居民扫码反映，凭查询码看进展；没有修好就要求重办。
# A resident reports, follows by a code that shows the state only, and asks again when it was not mended.

resident POST /public/reports text="桂花路1号院门口井盖松动" category=P0103 phone="13900000061" client_id=web-0000001
    -> 201 number~BG-261123- $code:=track_code $report:=number
resident POST /public/reports text="桂花路1号院门口井盖松动" client_id=web-0000001 -> 200 number=$report
resident GET /public/track/$code -> 200 state_label=已登记 can_rate=false body!~井盖 body!~桂花
resident GET /public/track/ABCD-EFGH-JKMN -> 404

clerk accept $report.id -> 200
clerk assign $report.id org=@桂花社区居委会 -> 200
grid1 and sec1 at once take $report.id -> 200 409
grid1 reply $report.id text="师傅明天上午到" public=true -> 200
after 2 hours
duty GET /public/track/$code -> 200 state_label=办理中
