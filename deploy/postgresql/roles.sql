-- The database's roles: who owns the tables, who runs the site, who may read the audit.
--
--   psql "$ADMIN_URL" -v owner=iop_owner -v site=iop_site -v auditor=iop_auditor \
--        -f deploy/postgresql/roles.sql
--
-- Run it in the site's own database as a superuser (or as a member of the owner who may create
-- roles): before the first `manage.py migrate`, and after every one. It can be run at any time.
-- Passwords are set apart (\password iop_site), so that none stands in a file or a history.
--
--   owner    runs `manage.py migrate`, and nothing else: the only one who can change a table
--   site     web and worker: rows, no tables; events of the audit are added and read, never changed
--   auditor  `manage.py verify_audit` elsewhere: reads the audit, and no table about a person
--
-- 45 CFR 164.312(a)(1), (b); docs/decisions/0032-the-chain-is-anchored-outside.md
\set ON_ERROR_STOP on
\if :{?owner} \else \set owner iop_owner \endif
\if :{?site} \else \set site iop_site \endif
\if :{?auditor} \else \set auditor iop_auditor \endif
BEGIN;

SELECT format('CREATE ROLE %I LOGIN', name)
FROM unnest(ARRAY[:'owner', :'site', :'auditor']) AS name
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) \gexec

-- Nobody makes anything in this database but the owner; not even a temporary table.
SELECT format('REVOKE ALL ON DATABASE %I FROM PUBLIC, %I, %I', current_database(), :'site', :'auditor'),
       format('GRANT CONNECT ON DATABASE %I TO %I, %I, %I', current_database(), :'owner', :'site', :'auditor')
\gexec
REVOKE ALL ON SCHEMA public FROM PUBLIC, :"site", :"auditor";
GRANT USAGE, CREATE ON SCHEMA public TO :"owner";
GRANT USAGE ON SCHEMA public TO :"site", :"auditor";

-- The site works with rows: of the tables there are, and of those that the owner makes later.
REVOKE ALL ON ALL TABLES IN SCHEMA public FROM :"site", :"auditor";
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO :"site";
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO :"site";
ALTER DEFAULT PRIVILEGES FOR ROLE :"owner" IN SCHEMA public
    GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO :"site";
ALTER DEFAULT PRIVILEGES FOR ROLE :"owner" IN SCHEMA public
    GRANT USAGE, SELECT ON SEQUENCES TO :"site";

SELECT to_regclass('public.admissions_leadevent') IS NOT NULL AS is_migrated \gset
\if :is_migrated
    -- The audit: events are added and read. Of the head the two columns that move are changed.
    REVOKE UPDATE, DELETE ON admissions_leadevent, admissions_chainhead FROM :"site";
    GRANT UPDATE (sequence, seal) ON admissions_chainhead TO :"site";
    REVOKE INSERT, UPDATE, DELETE ON django_migrations FROM :"site";
    GRANT SELECT ON admissions_leadevent, admissions_chainhead TO :"auditor";
    \echo 'Roles are set.'
\else
    \echo 'No tables yet: run manage.py migrate as the owner, then this once more.'
\endif
COMMIT;
