"""What gitflow asks of GitHub, Gitea and GitLab, and tells them: pull requests, commit statuses, comments."""
