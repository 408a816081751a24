#!/bin/sh
# What `make test` does, in the order in which a fault is cheapest to find. Nothing is skipped:
# a part that is missing stops the run with the line that mends it.
set -eu
cd "$(dirname "$0")/.."
bin=.venv/bin
step() { printf '\n== %s\n' "$1"; }

step "browser"
chromium=$(command -v chromium || command -v chromium-browser || command -v google-chrome || true)
if [ -z "$chromium" ] && command -v apt-get >/dev/null; then
    as_root=""
    [ "$(id -u)" = 0 ] || as_root="sudo -n"
    $as_root apt-get update -qq && $as_root apt-get install -y -qq chromium >/dev/null || true
    chromium=$(command -v chromium || true)
fi
if [ -z "$chromium" ]; then
    $bin/playwright install chromium || {
        echo "No browser. Install one: sudo apt-get install chromium" >&2
        exit 2
    }
fi
echo "${chromium:-the browser that Playwright brings}"
export IOP_CHROMIUM="$chromium"

step "Java, for the HTML checker"
if ! command -v java >/dev/null && command -v apt-get >/dev/null; then
    as_root=""
    [ "$(id -u)" = 0 ] || as_root="sudo -n"
    $as_root apt-get update -qq && $as_root apt-get install -y -qq default-jre-headless >/dev/null || true
fi
command -v java || {
    echo "No Java runtime. Install one: sudo apt-get install default-jre-headless" >&2
    exit 2
}

step "lint, format, types, imports"
$bin/ruff check .
$bin/ruff format --check .
$bin/mypy
$bin/lint-imports
$bin/bandit -q -c pyproject.toml -r iop_site programs content admissions deploy manage.py

step "migrations, deployment settings, texts"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
export DATA_DIR="$scratch/data"
mkdir "$DATA_DIR"
$bin/python manage.py makemigrations --check --dry-run
DJANGO_SETTINGS_MODULE=iop_site.settings.production \
    SECRET_KEY=$($bin/python -c 'import secrets; print(secrets.token_urlsafe(48))') \
    FIELD_KEYS=k1:$($bin/python -c 'import secrets; print(secrets.token_urlsafe(32))') \
    INDEX_KEYS=k1:$($bin/python -c 'import secrets; print(secrets.token_urlsafe(32))') \
    SITE_URL=https://iop.example.org ALLOWED_HOSTS=iop.example.org \
    DATABASE_URL=postgres://iop:iop@localhost/iop \
    EMAIL_URL=smtp+tls://iop:iop@localhost:587 DEFAULT_FROM_EMAIL=admissions@example.org \
    SECURITY_CONTACT=security@example.org AUDIT_HEADS="$scratch/heads.jsonl" \
    $bin/python manage.py check --deploy --fail-level WARNING
$bin/python manage.py check_content
unset DATA_DIR

step "known holes in the packages"
# A release with many known holes tells whether a feed answers here at all.
audit="$bin/pip-audit --strict --disable-pip --progress-spinner off --timeout 10"
echo "django==2.0" >"$scratch/probe.txt"
if $audit --no-deps -r "$scratch/probe.txt" 2>/dev/null | grep -q "^django"; then
    $audit --require-hashes -r requirements-dev.txt
else
    echo "No feed of known holes answers here: only the floors of tests/iop_site/test_supply_chain.py hold."
fi

jobs=$($bin/python -c 'import os; print(min(4, os.cpu_count() or 1))')

step "tests on SQLite"
$bin/pytest -q -n "$jobs" --dist loadgroup --ignore tests/browser

step "tests on PostgreSQL"
$bin/python -m tests.with_postgres $bin/pytest -q -n "$jobs" --dist loadgroup --ignore tests/browser

step "tests in the browser"
$bin/pytest -q tests/browser
