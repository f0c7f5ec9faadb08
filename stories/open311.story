# Open311：别的系统照国际通行的格式报进来、查进展、走到底。
# Open311 GeoReport v2: another system reports, follows, and sees its request closed.

resident GET //open311/discovery.json -> 200 endpoints.0.url~/open311/v2
resident GET //open311/v2/services.xml -> 200 body~<services> body~<service_code>E0102</service_code>
resident GET //open311/v2/services.json -> 200 *.service_code=E0102
resident GET //open311/v2/requests.json -> 403 0.code=403

clerk POST /tokens name=市民随手拍 -> 201 $key:=token
resident POST //open311/v2/requests.json !form api_key=$key service_code=E0102 description=暴露垃圾无人清运 lat=34.70115 long=113.60115
    -> 201 0.service_request_id~BG-261123- $number:=0.service_request_id
resident POST //open311/v2/requests.json !form api_key=wrong service_code=E0102 description=暴露垃圾 lat=34.70115 long=113.60115 -> 403
resident POST //open311/v2/requests.json !form api_key=$key service_code=NONE description=暴露垃圾 lat=34.70115 long=113.60115 -> 400
resident POST //open311/v2/requests.json !form api_key=$key service_code=E0102 description=没有地点 -> 400
resident POST //open311/v2/requests.json !form service_code=E0102 description=没有钥匙 lat=34.70115 long=113.60115 -> 403
resident GET //open311/v2/requests/$number.json?api_key=$key -> 200 0.status=open 0.service_code=E0102

clerk sees $number.id -> 200 channel=open311 area=@梧桐街道 lat=34.70115
clerk set_place $number.id area=@桂花一网格 -> 200 grid=@桂花一网格
clerk accept $number.id -> 200
clerk assign $number.id area=@桂花一网格 -> 200
grid1 take $number.id -> 200
grid1 resolve $number.id result=fixed text=已清运 -> 200
clerk callback $number.id outcome=anonymous -> 200 state=closed
resident GET //open311/v2/requests/$number.xml?api_key=$key -> 200 body~<status>closed</status>
