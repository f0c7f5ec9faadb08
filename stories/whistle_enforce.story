# 综合执法哨：领导可以不同意；电话批准要补签；异议由区里裁定；没人应哨只有区里能了结。
# Joint enforcement: a leader may refuse; approval by telephone owes a signature; silence is ended by the district only.

sec1 opens whistle type=enforce title=烧烤摊占道 text=夜间占道经营，劝离三次无效 area=@桂花路1号院 departments=[@城市管理局]
    cannot_because=cooperate.street_vendors -> 201 state=review $no:=id $no_call:=calls.0.id
leader refuse $no -> 422 errors.0.field=reason
leader refuse $no reason=先由社区再劝一次 -> 200 state=refused phase=void
clerk sees $no_call -> 200 state=cancelled
urban sees $no_call -> 404

clerk opens whistle type=enforce title=烧烤摊占道 text=夜间占道经营，劝离四次无效 area=@桂花路1号院
    departments=[@城市管理局,@市场监管局] lead=@城市管理局 cannot_because=cooperate.street_vendors
    -> 201 state=review $whistle:=id $urban:=calls.0.id $market:=calls.1.id
clerk log_approval $whistle said=同意 -> 422 errors.0.field=who
clerk log_approval $whistle who=领导乙 said=同意 -> 200 state=blown fields.unsigned=true
clerk sign $whistle -> 422

# 部门电话里说不归自己管：记下谁说的、依据哪一条，由区里裁定。
clerk log_decline $market who=市监值班员 basis=withdrawn.planning reason=属规划部门职责 -> 200 state=arbitrated
clerk2 sees $market -> 404
arbiter excuse $market reason=理由成立 -> 200 state=excused
clerk add_department $whistle department=@城市管理局 -> 409
clerk add_department $whistle department=@住房保障中心 -> 200 fields.calls#=3

# 一直没人应哨：催办、督办，部门仍是责任单位；了结只能由区里作出。
after 2 days
clerk sees $urban -> 200 phase=open owner.name=示范区城市管理局 fields.urged!=0
after 2 days
clerk sees $urban -> 200 state=supervised fields.arbiter.name=示范区政府
leader absent $urban reason=没人来 -> 403
arbiter absent $urban reason=约谈并通报 -> 200 state=absent
