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

# 没有修好：先评价打回，办结后再要求重办，须写理由，只能一次。
resident POST /public/track/$code/reopen reason=没修好 -> 409
grid1 resolve $report.id result=fixed text=已更换井盖 -> 200 state=resolved
resident POST /public/track/$code/rate responded=yes -> 422
resident POST /public/track/$code/rate responded=yes resolved=no satisfied=no -> 200 state_label=办理中
grid1 resolve $report.id result=fixed text=重新固定井座 -> 200 fields.redos=1
clerk callback $report.id outcome=reached responded=yes resolved=yes satisfied=basic -> 200 state=closed
resident GET /public/track/$code -> 200 can_reopen=true
resident POST /public/track/$code/reopen -> 422
resident POST /public/track/$code/reopen reason=又松了 -> 200
resident POST /public/track/$code/reopen reason=又松了 -> 409
clerk sees $report.id -> 200 state=accepted
resident POST /public/track/$code/withdraw reason=已自行处理 -> 200
clerk sees $report.id -> 200 state=withdrawn phase=void
