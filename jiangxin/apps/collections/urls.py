from django.urls import path

from jiangxin.apps.collections.views import collections, editions, filings

app_name = "collections"
urlpatterns = [
    path("", collections.collections, name="collections"),
    path("definitions/<slug:code>/", collections.collection, name="collection"),
    path("editions/<uuid:uuid>/", editions.edition, name="edition"),
    path("editions/<uuid:edition>/filings/<uuid:scope>/", filings.filing, name="filing"),
]
