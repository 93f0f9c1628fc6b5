# GitHub's public events as events of pagepulse, so that real input passes through everything the
# engine counts: jq -c -f github_to_events.jq FILE
#
#   page    the repository                 actor  the person's number, as an integer and as a string
#   source  "org" where the repository is an organisation's, else none
#
#   PushEvent                    view, one for each commit, on the branch
#   CreateEvent                  click, on the branch or tag
#   DeleteEvent                  ref.deleted, a custom counter
#   GollumEvent                  wiki.edit, a custom counter, one for each page
#   ReleaseEvent                 message, on the tag
#   WatchEvent                   reaction love, on the post `repository`
#   IssuesEvent                  reaction wow on the issue; closing it withdraws it
#   IssueCommentEvent, CommitCommentEvent, PullRequestReviewCommentEvent
#                                comment
#   ForkEvent                    share, named by its object
#   PullRequestEvent             share, named by its id; closing one is a message
#   MemberEvent                  follow, by the new member

def is_push: .type == "PushEvent";
def event($type): {
  id: (if is_push then .id else (.id | tonumber) end),
  ts: .created_at,
  page: .repo.name,
  actor: (if is_push then .actor.id else (.actor.id | tostring) end),
  source: (if .org then "org" else null end),
  type: $type
};
def comment($post): event("comment") + {object: (.payload.comment.id | tostring), post: $post};
def issue: "issue-\(.payload.issue.number)";
def pull: "pull-\(.payload.pull_request.number)";

if is_push then event("view") + {post: .payload.ref, count: ([.payload.size, 1] | max)}
elif .type == "CreateEvent" then event("click") + {post: .payload.ref}
elif .type == "DeleteEvent" then event("ref.deleted")
elif .type == "GollumEvent" then event("wiki.edit") + {count: (.payload.pages | length)}
elif .type == "ReleaseEvent" then event("message") + {post: .payload.release.tag_name}
elif .type == "WatchEvent" then event("reaction") + {reaction: "love", post: "repository"}
elif .type == "IssuesEvent" then
  event("reaction") + {post: issue} +
  (if .payload.action == "closed" then {op: "remove"} else {reaction: "wow"} end)
elif .type == "IssueCommentEvent" then comment(issue)
elif .type == "CommitCommentEvent" then comment(null)
elif .type == "PullRequestReviewCommentEvent" then comment(pull)
elif .type == "ForkEvent" then event("share") + {object: (.payload.forkee.id | tostring)}
elif .type == "PullRequestEvent" then
  (if .payload.action == "closed" then event("message") else event("share") end) + {post: pull}
elif .type == "MemberEvent" then event("follow") + {actor: .payload.member.login}
else error("no mapping for \(.type)")
end
