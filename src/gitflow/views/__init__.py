"""What people and programs are shown of each noun: one record, its JSON and its schema."""
