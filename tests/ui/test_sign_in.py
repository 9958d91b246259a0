"""Signing in, the second step, and the pages around them, through HTTP."""

from __future__ import annotations

from typing import Any

import pytest
from allauth.mfa.totp.internal.auth import (
    format_hotp_value,
    hotp_value,
    yield_hotp_counters_from_time,
)
from django.test import Client

from tests.apps.accounts.factories import person

pytestmark = pytest.mark.django_db

PASSWORD = "pass-word-1"


def code_of(secret: str) -> str:
    """Return what an authenticator app would show now."""
    counter = next(iter(yield_hotp_counters_from_time()))
    return str(format_hotp_value(hotp_value(secret, counter)))


def sign_in(
    username: str, password: str = PASSWORD, client: Client | None = None
) -> tuple[Client, Any]:
    client = client or Client(headers={"Accept-Language": "en"})
    answer = client.post("/sign-in/login/", {"login": username, "password": password})
    return client, answer


def test_a_wrong_password_is_answered_beside_the_form_and_says_nothing_of_the_account() -> None:
    person("officer", username="wang")
    texts = []
    for name in ("wang", "nobody"):
        _client, answer = sign_in(name, "wrong")
        assert answer.status_code == 200
        texts.append(str(answer.context["form"].errors))
    assert texts[0] == texts[1] != ""


def test_signing_in_leads_to_the_page_that_was_asked_for() -> None:
    person("officer", username="wang")
    client = Client()
    login = client.get("/calendar/")["Location"]
    page = client.get(login)
    assert 'name="next" value="/calendar/"' in page.content.decode()
    answer = client.post(login, {"login": "wang", "password": PASSWORD, "next": "/calendar/"})
    assert answer["Location"] == "/calendar/"


def test_nobody_registers_oneself() -> None:
    person("officer", username="wang")
    answer = Client(headers={"Accept-Language": "en"}).get("/sign-in/signup/")
    assert "No self-registration" in answer.content.decode()


def test_the_second_step_from_switching_on_to_a_recovery_code() -> None:
    person("officer", username="wang")
    client, _answer = sign_in("wang")
    address = "/sign-in/2fa/totp/activate/"
    asked = client.get(address, follow=True)
    assert "Confirm that it is you" in asked.content.decode()
    page = client.post(
        "/sign-in/reauthenticate/", {"password": PASSWORD, "next": address}, follow=True
    )
    text = page.content.decode()
    assert "data:image/svg+xml" in text
    secret = page.context["form"].secret
    assert secret in text

    client.post(address, {"code": code_of(secret)})
    shown = client.get("/sign-in/2fa/recovery-codes/", follow=True)
    codes = shown.context["unused_codes"]
    assert len(codes) == 10
    assert all(code in shown.content.decode() for code in codes)
    assert "Switched on" in client.get("/sign-in/2fa/").content.decode()

    other, answer = sign_in("wang")
    assert answer["Location"].startswith("/sign-in/2fa/authenticate/")
    assert "Second step of signing in" in other.get(answer["Location"]).content.decode()
    # the password alone opens nothing
    assert other.get("/calendar/").status_code == 302
    refused = other.post(answer["Location"], {"code": "000000"})
    assert refused.context["form"].errors
    other.post(answer["Location"], {"code": codes[0]})
    assert other.get("/calendar/").status_code == 200


def test_signing_out_is_asked_and_done() -> None:
    person("officer", username="wang")
    client, _answer = sign_in("wang")
    assert "Sign out?" in client.get("/sign-in/logout/").content.decode()
    client.post("/sign-in/logout/")
    assert client.get("/calendar/").status_code == 302


def test_a_new_password_is_checked_and_counts() -> None:
    person("officer", username="wang")
    client, _answer = sign_in("wang")
    address = "/sign-in/password/change/"
    weak = client.post(address, {"oldpassword": PASSWORD, "password1": "123", "password2": "123"})
    assert weak.context["form"].errors
    new = "mortar-and-tenon-7"
    client.post(address, {"oldpassword": PASSWORD, "password1": new, "password2": new})
    _other, answer = sign_in("wang", new)
    assert answer.status_code == 302


@pytest.mark.parametrize(
    "address",
    ["/sign-in/password/reset/", "/sign-in/inactive/", "/sign-in/login/", "/sign-in/signup/"],
)
def test_pages_before_signing_in_speak_chinese_by_default(address: str) -> None:
    person("officer", username="wang")
    text = Client().get(address).content.decode()
    assert "匠心" in text
    assert "<h1></h1>" not in text
