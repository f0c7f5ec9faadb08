# 登录、口令错误、退出。
# Logging in, a wrong password, logging out.

resident GET /me -> 401
clerk logs in
clerk GET /me -> 200 account.login=clerk grants.0.role=clerk grants.0.area_name=梧桐街道 office.zone="+08:00"
clerk GET /sessions -> 200 items.*.current=true
clerk DELETE /session -> 204
clerk GET /me -> 401
resident POST /session login=clerk password=wrong-wrong-1 -> 401 code=bad_login
resident POST /session login=nobody-at-all password=wrong-wrong-1 -> 401 code=bad_login
