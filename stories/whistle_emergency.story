# 应急哨：不等审签；异议与裁定；现场联合处置记录；撤回。
# An emergency is blown at once; a refusal needs a legal basis; what was decided on site binds.

grid1 opens whistle type=emergency title=院墙倒塌 text=压住车辆，人员已撤离 area=@桂花路1号院 departments=[@城市管理局,@市场监管局]
    -> 201 state=blown calls.0.state=called $whistle:=id $urban:=calls.0.id $market:=calls.1.id

# A department with no account: the clerk rings and logs who said what.
clerk log_answer $market said=这就来 -> 422 errors.0.field=who
clerk log_answer $market who=值班员 said=这就来 channel=phone -> 200 state=here fields.unsigned=true

urban decline $urban reason=不归我们管理 -> 422 errors.0.field=basis
urban decline $urban basis=made.up reason=不归我们管理 -> 422 errors.0.field=basis
urban decline $urban basis=basic.courtyard article=某条例第三条 reason=属街道基本履职事项 -> 200 state=arbitrated phase=waiting
clerk uphold $urban reason=应当到场 -> 403
arbiter uphold $urban reason=应急处置，先到场再分工 -> 200 state=called fields.ruling=upheld
urban decline $urban basis=basic.courtyard reason=属街道基本履职事项 -> 409
urban report_in $urban -> 200 state=here

clerk joint_record $whistle -> 422
urban arrive $urban -> 200 state=on_site
clerk sign_record $whistle -> 409
clerk joint_record $whistle at=-5min came=["城管甲","书记丙"] found=外倾八厘米 decided=三日内拆除 by_when=+3d -> 200 fields.record.draft=true
clerk sign_record $whistle -> 409
urban agree_record $urban -> 200
clerk sign_record $whistle -> 200 fields.record.draft=false
clerk joint_record $whistle at=-5min came=["城管甲"] found=外倾八厘米 decided=十日内拆除 by_when=+9d -> 409

clerk GET /matters/$whistle/paper/joint_record -> 200 body~外倾八厘米 body~三日内拆除 body~现场联合处置记录
clerk GET /matters/$market/paper/whistle_notice -> 200 body~吹哨通知单 body~示范区市场监管局
clerk2 GET /matters/$whistle/paper/joint_record -> 404

grid1 withdraw $whistle reason=误报 -> 403
clerk withdraw $whistle reason=产权单位已修好 -> 200 state=withdrawn
clerk sees $urban -> 200 state=cancelled
urban finish $urban text=已办 -> 409
