from __future__ import annotations

import datetime
import smtplib
from typing import Any

import pytest
from django.core import mail
from django.db import transaction

from jiangxin.apps.notices import actions, queries, tasks
from jiangxin.apps.notices.models import Delivery, Notice
from jiangxin.core import jobs
from jiangxin.core.errors import NotFound
from jiangxin.core.models import AuditRow, Job
from jiangxin.core.permissions import PUBLIC, SYSTEM
from tests.apps.accounts.factories import NOW, TODAY, browser, person, viewer

pytestmark = pytest.mark.django_db
CONTEXT = {"file": "学校.xlsx", "new": 1, "changed": 2, "unchanged": 3, "bad": 4}


def send(*to: Any, key: str = "", **values: Any) -> list[Notice]:
    return actions.send_after_commit(
        "import_checked", to=to, context=CONTEXT, by=SYSTEM, at=NOW, key=key, **values
    )


def run_job() -> Job:
    job = Job.objects.get(task="notices.send_mails")
    jobs.run.func(job.pk)
    job.refresh_from_db()
    return job


def test_send_writes_in_the_language_of_each_person_and_keeps_proof() -> None:
    english, chinese = person(language="en"), person(language="zh-hans")
    first, second = send(english, chinese, link="/organisations/")
    assert first.title == "“学校.xlsx” is checked"
    assert second.title == "“学校.xlsx”已检查完毕"
    assert second.text.startswith("新增1行，变更2行，无变化3行，需更正4行。")
    ways = [(d.channel, d.state, d.sent_at, bool(d.reason)) for d in first.deliveries.all()]
    assert ways == [("inbox", "sent", NOW, False), ("mail", "skipped", None, True)]
    row = AuditRow.objects.get(event="notices.notices.sent")
    assert row.data == {"template": "import_checked", "persons": 2}


def test_every_template_has_both_languages_with_the_same_placeholders() -> None:
    import string

    assert queries.template_codes()
    for code in queries.template_codes():
        words = queries.template(code)
        assert words.code == code
        for texts in (words.title, words.text):
            assert set(texts) == {"en", "zh-Hans"}, code
        fields = [
            {name for text in (words.title[key], words.text[key])
             for _before, name, _format, _conversion in string.Formatter().parse(text) if name}
            for key in ("en", "zh-Hans")
        ]  # fmt: skip
        assert fields[0] == fields[1], code


def test_a_person_reached_twice_gets_one_notice_and_a_key_is_sent_once() -> None:
    user, other = person(), person()
    assert len(send(user, user)) == 1
    assert len(send(user, key="k")) == 1
    assert [n.to for n in send(user, other, key="k")] == [other]
    assert Notice.objects.filter(key="k").count() == 2


def test_a_missing_value_is_an_error_of_the_caller_and_sends_nothing() -> None:
    with pytest.raises(KeyError):
        actions.send_after_commit("import_checked", to=person(), context={}, by=SYSTEM, at=NOW)
    assert not Notice.objects.exists()


def test_a_rollback_takes_the_notice_and_its_mail_back(settings: Any) -> None:
    settings.EMAIL_HOST = "mail.test"
    user = person(email="a@example.org")
    with transaction.atomic():
        send(user)
        transaction.set_rollback(True)
    assert not Notice.objects.exists()
    assert not Job.objects.exists()


def test_mail_goes_out_by_a_job_and_only_once(settings: Any) -> None:
    settings.EMAIL_HOST = "mail.test"
    with_mail, without = person(email="a@example.org"), person()
    send(with_mail, without)
    assert mail.outbox == []
    assert run_job().result == {"sent": 1, "failed": 0}
    assert [(m.to, m.subject) for m in mail.outbox] == [
        (["a@example.org"], "“学校.xlsx” is checked")
    ]
    jobs.run.func(Job.objects.get().pk)  # a second run of a finished job does nothing
    assert len(mail.outbox) == 1
    states = dict(
        Delivery.objects.filter(channel="mail").values_list("notice__to__username", "state")
    )
    assert states == {with_mail.username: "sent", without.username: "skipped"}


def test_a_mail_that_fails_is_tried_again_and_then_given_up(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.EMAIL_HOST = "mail.test"

    def refuse(*_args: Any, **_kwargs: Any) -> int:
        raise smtplib.SMTPServerDisconnected("gone")

    # the mail server is the outside system; only its answer is replaced
    monkeypatch.setattr("django.core.mail.backends.locmem.EmailBackend.send_messages", refuse)
    send(person(email="a@example.org"))
    for attempt in range(1, tasks.ATTEMPTS):
        assert run_job().state == "queued"
        delivery = Delivery.objects.get(channel="mail")
        assert (delivery.state, delivery.attempts) == ("waiting", attempt)
    assert run_job().result == {"sent": 0, "failed": 1}
    delivery.refresh_from_db()
    assert (delivery.state, delivery.attempts) == ("failed", tasks.ATTEMPTS)
    assert "gone" in delivery.reason


def test_reading_is_scoped_to_the_addressee() -> None:
    mine, other = person(), person()
    notice = send(mine)[0]
    assert queries.unread_count(viewer(mine)) == 1
    assert queries.unread_count(viewer(other)) == queries.unread_count(PUBLIC) == 0
    assert list(queries.notices(viewer=viewer(other))) == []
    with pytest.raises(NotFound):
        queries.get_notice(notice.uuid, viewer=viewer(other))
    with pytest.raises(NotFound):
        actions.mark_read(notice=notice, by=viewer(other), at=NOW)
    actions.mark_read(notice=notice, by=viewer(mine), at=NOW)
    later = actions.mark_read(notice=notice, by=viewer(mine), at=NOW + datetime.timedelta(hours=1))
    assert later.read_at == NOW
    assert queries.unread_count(viewer(mine)) == 0


def test_latest_lists_unread_first() -> None:
    user = person()
    old, new = send(user)[0], send(user)[0]
    actions.mark_read(notice=new, by=viewer(user), at=NOW)
    assert queries.latest(viewer=viewer(user), limit=2) == [old, new]
    assert queries.latest(viewer=viewer(user), limit=1) == [old]
    assert actions.mark_all_read(by=viewer(user), at=NOW) == 1
    assert actions.mark_all_read(by=viewer(user), at=NOW) == 0


def test_unopened_notices_are_repeated_once_a_day_until_opened() -> None:
    user = person()
    near = send(user, due_on=TODAY + datetime.timedelta(days=2))[0]
    send(user, due_on=TODAY + datetime.timedelta(days=30))
    progress = jobs.Progress(Job(created_at=NOW))
    for _again in range(2):
        tasks.remind_unopened(progress=progress, by=SYSTEM, at=NOW)
    reminders = Notice.objects.filter(template="reminder")
    assert [n.title for n in reminders] == [f"Reminder: {near.title}"]
    assert "March 16, 2026" in reminders[0].text
    actions.mark_read(notice=near, by=viewer(user), at=NOW)
    tasks.remind_unopened(progress=progress, by=SYSTEM, at=NOW + datetime.timedelta(days=1))
    assert reminders.count() == 1


def test_pages_of_the_inbox() -> None:
    client = browser()
    user, other = person("officer"), person("officer")
    notice = send(user, link="/organisations/?q=1")[0]
    away = send(user, link="//evil.example/")[0]
    secret = send(other)[0]
    assert client.get("/notices/").status_code == 302
    client.force_login(user)
    text = client.get("/notices/").content.decode()
    assert str(notice.uuid) in text
    assert str(secret.uuid) not in text
    assert client.get(f"/notices/{secret.uuid}/").status_code == 404
    assert client.post(f"/notices/{secret.uuid}/open/").status_code == 404
    assert client.get(f"/notices/{notice.uuid}/open/").status_code == 405
    assert "not opened yet" in client.get(f"/notices/{notice.uuid}/").content.decode().lower()
    assert client.post(f"/notices/{notice.uuid}/open/")["Location"] == "/organisations/?q=1"
    assert client.post(f"/notices/{away.uuid}/open/")["Location"] == f"/notices/{away.uuid}/"
    assert client.post("/notices/read-all/").status_code == 302
    secret.refresh_from_db()
    assert secret.read_at is None
    assert queries.unread_count(viewer(other)) == 1


def test_api_of_the_inbox() -> None:
    client = browser()
    user, other = person("officer"), person("officer")
    notice, secret = send(user)[0], send(other)[0]
    assert client.get("/api/v1/notices/").status_code == 401
    client.force_login(user)
    page = client.get("/api/v1/notices/").json()
    assert (page["unread"], page["total"]) == (1, 1)
    assert page["notices"][0]["uuid"] == str(notice.uuid)
    assert client.get(f"/api/v1/notices/{secret.uuid}").status_code == 404
    assert client.post(f"/api/v1/notices/{secret.uuid}/read").status_code == 404
    assert client.post(f"/api/v1/notices/{notice.uuid}/read").json()["read_at"]
    assert client.post("/api/v1/notices/read-all").json() == {"count": 0}
