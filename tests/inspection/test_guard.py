"""What the server refuses."""

import pytest


@pytest.fixture
def client(page_of, folder):
    return page_of(folder / "a.png")


@pytest.mark.parametrize(
    "host",
    ["evil.example:8765", "127.0.0.1.evil.example", "127.0.0.1:1", "127.0.0.1", "", "[::1]:8765"],
)
def test_other_hosts_are_refused_as_dns_rebinding_needs_them(client, host):
    answer = client.get("manifest.json", headers={"host": host})
    assert answer.status_code == 421
    assert "a.png" not in answer.text


def test_both_names_of_this_machine_are_answered(client):
    for host in ("127.0.0.1:8765", "localhost:8765", "LOCALHOST:8765"):
        assert client.get("manifest.json", headers={"host": host}).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://evil.example"},
        {"origin": "null"},
        {"origin": "https://127.0.0.1:8765"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
    ],
)
def test_requests_of_other_pages_are_refused(client, headers):
    assert client.get("manifest.json", headers=headers).status_code == 403


def test_a_link_to_the_page_may_stand_anywhere_but_no_frame_of_it(client):
    link = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"}
    answer = client.get("", headers={**link, "sec-fetch-dest": "document"})
    assert answer.status_code == 200
    assert answer.headers["cross-origin-opener-policy"] == "same-origin"
    for kind in ("iframe", "embed", "image"):
        assert client.get("", headers={**link, "sec-fetch-dest": kind}).status_code == 403
    answer = client.get("manifest.json", headers={**link, "sec-fetch-dest": "document"})
    assert answer.status_code == 403


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "PATCH"])
def test_other_methods_are_refused(client, method):
    assert client.request(method, "manifest.json").status_code == 405


@pytest.mark.parametrize(
    "path",
    ["/", "/manifest.json", "/a-toke/manifest.json", "/A-TOKEN/manifest.json", "/a-token", "/%61/"],
)
def test_nothing_is_found_without_the_token(client, path):
    answer = client.get(f"http://127.0.0.1:8765{path}")
    assert answer.status_code == 404
    assert "a.png" not in answer.text


@pytest.mark.parametrize(
    "path",
    [
        "assets/..%2f..%2fpage.py",
        "assets/openseadragon.LICENSE.txt",
        "thumbnails/..%2fsecret.webp",
        "tiles/0/..%2f..%2fsecret.txt/stored/0/0-0.bmp",
        "tiles/0/image/secret/0/0-0.bmp",
        "tiles/-1/image/stored/0/0-0.bmp",
        "tiles/1/image/stored/0/0-0.bmp",
        "tiles/0/image/stored/9/0-0.bmp",
        "tiles/0/image/stored/0/7-0.png",
        "tiles/0/image/stored/0/99999999999999999999-0.png",
        "tiles/²/image/stored/0/0-0.bmp",
        "downloads/0/image/..%2fsecret.txt",
        "../secret.txt",
    ],
)
def test_only_the_named_images_are_there(client, path):
    answer = client.get(path)
    assert answer.status_code == 404
    assert "secret" not in answer.text


def test_answers_forbid_scripts_of_others_and_caching(client):
    headers = client.get("").headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe-eval" not in policy
    assert headers["cache-control"] == "no-store"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    "query",
    [
        "beta=2",
        "beta=x",
        "gain=nan",
        "gain=inf",
        "domain_sigma=1e9",
        "channel=alpha",
        "range_sigma=0",
    ],
)
def test_settings_out_of_range_are_said_not_computed(client, query):
    answer = client.get(f"tiles/0/image/magnified/0/0-0.bmp?{query}")
    assert answer.status_code == 422
    assert query.split("=")[0] in answer.text
