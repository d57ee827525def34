-- Whether the schema is there. `create schema if not exists` asks for the right to create one even when it is.
select to_regnamespace('history') is not null
