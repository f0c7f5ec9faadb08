# 电话直达哨：十五秒登记，企业自己确认。
# The street rings a named person about a firm's quick problem; the firm itself says whether it was solved.

clerk GET /directory -> 200 items#=2 items.0.rank=A $person:=items.0.id
clerk opens phone-whistle promised=两天内给出政策清单 -> 422 errors.*.field=due_at
clerk opens phone-whistle promised=两天内给出政策清单 due_at=-1h contact=$person -> 422 errors.0.field=due_at
urban opens phone-whistle promised=两天内给出政策清单 due_at=+2d contact=$person -> 403
clerk opens phone-whistle promised=两天内给出政策清单 due_at=+2d contact=$person
    -> 201 state=promised number~DH-261123- fields.person=城管甲 fields.complete=false $promise:=id
clerk complete $promise firm=示范演示科技有限公司 -> 200 fields.complete=true
clerk2 complete $promise firm=别家公司 -> 404

after 49 hours
clerk sees $promise -> 200 late=true supervision#=1
clerk again $promise text=对方请假 due_at=+1d -> 200 late=false fields.rounds=2
clerk kept $promise said=清单已送到企业 -> 200 state=answered $link:=fields.link

resident GET /public/answer/$link.tail -> 200 actions.0=confirm firm=示范演示科技有限公司
resident POST /public/answer/$link.tail action=report_in name=经办人 phone=13800000099 -> 409
resident POST /public/answer/$link.tail action=unsolved text=还缺一张表 name=经办人 phone=13800000099 -> 200
clerk sees $promise -> 200 state=promised fields.rounds=3
clerk kept $promise said=表已补上 -> 200 $link:=fields.link
resident POST /public/answer/$link.tail action=confirm result=solved name=经办人 phone=13800000099 -> 200 state=confirmed
resident POST /public/answer/$link.tail action=confirm result=solved name=经办人 phone=13800000099 -> 410
leader GET /figures/phone.solved -> 200 numerator=1 denominator=1

# One that did not help becomes a whistle, in one thread.
clerk opens phone-whistle promised=明天给答复 due_at=+1d org=@市场监管局 -> 201 $weak:=id
clerk opens whistle type=hard title=企业缺手续 text=两次承诺未兑现 from=$weak area=@梧桐街道 departments=[@市场监管局]
    cannot_because=cooperate.firm_support -> 201
clerk sees $weak -> 200 state=raised phase=done links.*.type=followed_by
