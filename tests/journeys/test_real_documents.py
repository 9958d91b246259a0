"""The five real documents come in through the page, within seconds; times are printed."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from jiangxin.apps.policies.models import DocumentLink, PolicyDocument, Target
from tests.journeys.conftest import District

pytestmark = pytest.mark.real_documents


def test_five_documents_come_in_with_suggestions_and_cascade(
    district: District, capsys: pytest.CaptureFixture[str]
) -> None:
    officer = district.browsers["officer"]
    files = sorted(Path(os.environ["POLICIES"]).glob("*.txt"))
    began = time.perf_counter()
    for file in files:
        upload = SimpleUploadedFile(file.name, file.read_bytes())
        answer = officer.post("/policies/import/", {"files": upload})
        assert answer.status_code == 302, answer.content.decode()[:2000]
    took = time.perf_counter() - began
    assert PolicyDocument.objects.count() == len(files)
    assert Target.objects.exclude(binding="none").exists()
    assert DocumentLink.objects.exists()
    for document in PolicyDocument.objects.all():
        page = officer.get(f"/policies/documents/{document.uuid}/")
        assert page.status_code == 200
    pages = time.perf_counter() - began - took
    with capsys.disabled():
        print(f"\n{len(files)} documents imported in {took:.1f} s, shown in {pages:.1f} s")
