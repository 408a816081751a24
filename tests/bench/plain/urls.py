from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template import engines
from django.urls import path

from tests.bench.plain.models import PlainInquiry

PAGE = engines["django"].from_string(
    "<!DOCTYPE html><title>Inquiry</title>"
    '<form method="post">{% csrf_token %}{{ form.as_p }}<button>Send</button></form>'
)


class PlainForm(forms.ModelForm):
    class Meta:
        model = PlainInquiry
        fields = tuple(
            one.name for one in PlainInquiry._meta.fields if one.editable and one.name != "id"
        )


def inquiry(request: HttpRequest) -> HttpResponse:
    form = PlainForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        return HttpResponseRedirect(f"/sent/{form.save().pk}/")
    return HttpResponse(PAGE.render({"form": form}, request))


def ready(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok")


urlpatterns = [path("inquiry/", inquiry), path("readyz", ready)]
