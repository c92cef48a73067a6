"""The store in PostgreSQL: ``db.url: postgresql://…`` (the extra ``postgres``). Only servers use it."""
