# 一张 12345 工单：镜像、申请延期、上级答复、街道回访与上级回访各算各的。
# An order of 12345: a mirror. What we ask waits for the upstream's answer; its rates and ours never mix.

clerk opens report text="桂花路1号院下水道冒水" mirror.upstream="12345" mirror.number=ZZ20261123001 mirror.due_at=+7d
    reporter.phone="13900000041"
    -> 201 channel="12345" $order:=id
clerkb opens report text="桂花路1号院下水道冒水" mirror.upstream="12345" mirror.number=ZZ20261123001
    -> 200 existing=true id=$order

clerk reject $order basis=elsewhere reason=不归我们 -> 409
clerk accept $order category=E0404 -> 200
clerk assign $order org=@桂花社区居委会 -> 200
grid1 take $order -> 200 state=handling

# 延期是申请，在上级答复之前不算数。
grid1 extend $order until=+5d reason=需要开挖路面 -> 200 state=handling mirror.requests.0.state_label=待上级
leader approve_extend $order -> 409
grid1 resolve $order result=fixed text=已疏通 -> 409
clerk mirror_answer $order accepted=true answer=同意延期 -> 200 mirror.requests.0.state=accepted

grid1 resolve $order result=fixed text=已更换管道并清理 -> 200 state=resolved mirror.requests.1.verb=close
clerk callback $order outcome=reached responded=yes resolved=yes satisfied=yes -> 200 state=resolved
clerk GET /reports/$order/copy -> 200 fields.0.label=承办单位 text~已更换管道并清理
clerk mirror_answer $order accepted=true up_responded=true up_resolved=true up_satisfied=false -> 200 state=closed

leader GET /figures/report.satisfied_rate -> 200 numerator=1 denominator=1
leader GET /figures/report.upstream_satisfied_rate -> 200 numerator=0 denominator=1
