"""The files of a ledger's row: list with hashes and addresses, send more, fetch one, withdraw one."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request

from common.ledger import Ledger
from ledgers.access import member_name
from ledgers.api.representation import json_answer
from ledgers.api.schema import ProblemSerializer, ReasonSerializer
from ledgers.api.views import LedgerView, reason_of
from ledgers.attachments import actions
from ledgers.attachments.models import Attachment
from ledgers.attachments.queries import attachment_of, of_subject, subject_of
from ledgers.attachments.serving import file_answer, log_opening

OWN_FIELDS = (
    "id", "kind", "name", "caption", "group", "media_type", "size", "sha256", "width", "height", "taken_at", "latitude",
    "longitude", "uploaded_at", "withdrawn_at", "withdrawal_reason", "also_at",
)  # fmt: skip


class AttachmentsView(LedgerView):
    parser_classes = [MultiPartParser]

    def get(self, request: Request, member: str) -> HttpResponse:
        """All files of the row, withdrawn ones too."""
        ledger, subject = subject_of(request.user, self.ledger_key, member)
        return json_answer({"next": None, "previous": None, "results": _listed(request, ledger, subject)})

    def post(self, request: Request, member: str) -> HttpResponse:
        """Attach files: all of them, or none with every fault of every file."""
        ledger, subject = subject_of(request.user, self.ledger_key, member)
        found = actions.attach_sent(
            ledger,
            subject,
            request.FILES.getlist("files"),
            by=request.user,
            group=request.POST.get("group", ""),
            captions=request.POST.getlist("captions"),
        )
        new = {attachment.pk for attachment in found}
        return json_answer([item for item in _listed(request, ledger, subject) if item["id"] in new], 201)


class AttachmentView(LedgerView):
    def perform_content_negotiation(self, request: Request, force: bool = False):
        """A file is sent as what it is, whatever the program would rather have."""
        return super().perform_content_negotiation(request, force=True)

    def get(self, request: Request, member: str, pk: int) -> HttpResponseBase:
        """The file itself."""
        attachment, ledger, subject = self._found(member, pk)
        answer = file_answer(attachment)
        log_opening(attachment, ledger, subject, request.user)
        return answer

    def delete(self, request: Request, member: str, pk: int) -> HttpResponse:
        """Withdraw the file; the reason stands in the body (`{"reason": ...}`) or in the header X-Reason."""
        attachment, _ledger, _subject = self._found(member, pk)
        actions.withdraw(attachment, reason_of(request), request.user)
        return HttpResponse(status=204)

    def _found(self, member: str, pk: int):
        user = self.request.user
        ledger, subject = subject_of(user, self.ledger_key, member)
        attachment, _ledger, _subject = attachment_of(user, pk)
        if (attachment.ledger, attachment.subject_id) != (ledger.key, subject.pk):
            raise Http404(_("There is no such file, or it lies outside your area."))
        return attachment, ledger, subject


def _listed(request: Request, ledger: Ledger, subject) -> list[dict]:
    base = f"/api/v1/{ledger.key}/{member_name(ledger, subject)}/attachments/"
    return [
        {name: getattr(attachment, name) for name in OWN_FIELDS}
        | {
            "uploaded_by": str(attachment.uploaded_by),
            "unit": attachment.unit.name if attachment.unit else "",
            "download": request.build_absolute_uri(f"{base}{attachment.pk}/"),
        }
        for attachment in of_subject(ledger, subject, request.user)
    ]


class AttachmentSerializer(serializers.ModelSerializer):
    """A file kept with a row."""

    latitude = serializers.FloatField(allow_null=True, help_text="Degrees, south negative.")
    longitude = serializers.FloatField(allow_null=True, help_text="Degrees, west negative.")
    also_at = serializers.IntegerField(
        help_text="Under how many other records of the nation the same content stands, without telling which."
    )
    uploaded_by = serializers.CharField()
    unit = serializers.CharField()
    download = serializers.URLField(help_text="Address of the file itself.")

    class Meta:
        model = Attachment
        fields = [*OWN_FIELDS, "uploaded_by", "unit", "download"]


class AttachmentPageSerializer(serializers.Serializer):
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = AttachmentSerializer(many=True)


class SendFilesSerializer(serializers.Serializer):
    files = serializers.ListField(child=serializers.FileField(), help_text="At most 20 files.")
    captions = serializers.ListField(
        child=serializers.CharField(), required=False, help_text="What the files show, in their order."
    )
    group = serializers.CharField(required=False, help_text="The act or step that they belong to, where there is one.")


def describe_attachments(ledger: Ledger, collection: type, member: type) -> None:
    """Attach the schema to the two view classes of a ledger's files."""
    slug = ledger.key.replace("-", "_")
    where = OpenApiParameter("member", str, OpenApiParameter.PATH, description=f"The member's {ledger.member_by}.")
    which = OpenApiParameter("id", int, OpenApiParameter.PATH, description="The file's id.")
    problem = {(status, "application/problem+json"): ProblemSerializer for status in (401, 403, 404)}
    refusal = problem | {(400, "application/problem+json"): ProblemSerializer}
    common = {"tags": [ledger.key]}
    collection.get = extend_schema(
        operation_id=f"{slug}_attachments_list",
        summary="List the files of one",
        parameters=[where],
        responses={200: AttachmentPageSerializer, **problem},
        **common,
    )(collection.get)
    collection.post = extend_schema(
        operation_id=f"{slug}_attachments_create",
        summary="Attach files: all or none",
        parameters=[where],
        request={"multipart/form-data": SendFilesSerializer},
        responses={201: AttachmentSerializer(many=True), **refusal},
        **common,
    )(collection.post)
    member.get = extend_schema(
        operation_id=f"{slug}_attachments_retrieve",
        summary="Fetch a file",
        parameters=[where, which],
        responses={(200, "application/octet-stream"): OpenApiTypes.BINARY, **problem},
        **common,
    )(member.get)
    member.delete = extend_schema(
        operation_id=f"{slug}_attachments_withdraw",
        summary="Withdraw a file with a reason (in the body or in the header X-Reason)",
        parameters=[where, which, OpenApiParameter("X-Reason", str, OpenApiParameter.HEADER)],
        request={"application/json": ReasonSerializer},
        responses={204: None, **refusal},
        **common,
    )(member.delete)
