#include "ingest/clients.h"

#include <iterator>
#include <string_view>

namespace pagepulse {
namespace {

// Names as such clients write them, compared by NameKey: "Page Viewed" is "page_viewed".
constexpr struct {
  const char* name;
  const char* meaning;
} kNames[] = {
    {"view", "view"},
    {"viewed", "view"},
    {"page", "view"},
    {"pageview", "view"},
    {"page_view", "view"},
    {"page_viewed", "view"},
    {"screen", "view"},
    {"screen_view", "view"},
    {"screen_viewed", "view"},
    {"click", "click"},
    {"clicked", "click"},
    {"button_clicked", "click"},
    {"link_clicked", "click"},
    {"message", "message"},
    {"message_sent", "message"},
    {"reaction", "reaction"},
    {"reaction_add", "reaction"},
    {"reaction_added", "reaction"},
    {"reaction_edit", "reaction edit"},
    {"reaction_edited", "reaction edit"},
    {"reaction_remove", "reaction remove"},
    {"reaction_removed", "reaction remove"},
    {"like", "reaction like"},
    {"liked", "reaction like"},
    {"unlike", "reaction remove"},
    {"unliked", "reaction remove"},
    {"comment", "comment"},
    {"commented", "comment"},
    {"comment_add", "comment"},
    {"comment_added", "comment"},
    {"comment_hide", "comment hide"},
    {"comment_hidden", "comment hide"},
    {"comment_unhide", "comment unhide"},
    {"comment_remove", "comment remove"},
    {"comment_removed", "comment remove"},
    {"comment_deleted", "comment remove"},
    {"share", "share"},
    {"shared", "share"},
    {"share_add", "share"},
    {"share_added", "share"},
    {"share_remove", "share remove"},
    {"share_removed", "share remove"},
    {"follow", "follow"},
    {"followed", "follow"},
    {"follow_add", "follow"},
    {"follow_added", "follow"},
    {"follow_remove", "follow remove"},
    {"follow_removed", "follow remove"},
    {"unfollow", "follow remove"},
    {"unfollowed", "follow remove"},
};

// The above, a counter of its own for any other name, and what the format itself adds.
std::map<std::string, std::string> Names(std::map<std::string, std::string> more) {
  more.emplace("*", "*");
  for (const auto& [name, meaning] : kNames) more.emplace(name, meaning);
  return more;
}

// Types are "org.example.comment.added": a suffix says what happened.
std::map<std::string, std::string> DottedNames() {
  std::map<std::string, std::string> names = Names({});
  for (const auto& [name, meaning] : kNames) names.emplace(std::string("*.") + name, meaning);
  return names;
}

MappingSpec Posthog() {
  MappingSpec spec;
  spec.items = "/batch";
  spec.fields = {
      {"id", {"/uuid", "/properties/$insert_id"}},
      {"ts", {"/timestamp", "/properties/timestamp", "@arrival"}},
      {"page", {"/properties/page", "@page", "/properties/$host | host"}},
      {"post", {"/properties/post", "/properties/$pathname | path", "/properties/$screen_name"}},
      {"actor", {"/distinct_id", "/properties/distinct_id"}},
      {"type", {"/event"}},
      {"reaction", {"/properties/reaction", "/properties/type"}},
      {"op", {"/properties/op"}},
      {"object", {"/properties/object"}},
      {"count", {"/properties/count"}},
      {"source", {"/properties/source", "=posthog"}},
  };
  // What begins with $ is the client's own word: of those, these say what a person did.
  spec.types =
      Names({{"$*", "-"}, {"$pageview", "view"}, {"$screen", "view"}, {"$autocapture", "click"}});
  return spec;
}

MappingSpec Segment() {
  MappingSpec spec;
  spec.items = "/batch";
  spec.fields = {
      {"id", {"/messageId"}},
      {"ts", {"/timestamp", "/originalTimestamp", "/sentAt", "@arrival"}},
      {"page", {"/properties/page", "@page", "/properties/url | host", "/context/page/url | host"}},
      {"post",
       {"/properties/post", "/properties/path | path", "/properties/url | path",
        "/context/page/path | path", "/context/page/url | path", "/name"}},
      {"actor", {"/userId", "/anonymousId"}},
      {"type", {"/event", "/type"}},  // a call that is no `track` has no `event`
      {"reaction", {"/properties/reaction", "/properties/type"}},
      {"op", {"/properties/op"}},
      {"object", {"/properties/object"}},
      {"count", {"/properties/count"}},
      {"source", {"/properties/source", "=segment"}},
  };
  spec.types = Names({{"identify", "-"}, {"group", "-"}, {"alias", "-"}});
  return spec;
}

MappingSpec CloudEvents() {
  MappingSpec spec;
  spec.fields = {
      {"id", {"/source + /id"}},
      {"ts", {"/time", "@arrival"}},
      {"page", {"/data/page", "@page", "/source | last"}},
      {"post", {"/data/post", "/subject"}},
      {"actor", {"/data/actor", "/data/user_id"}},
      {"type", {"/type"}},
      {"reaction", {"/data/reaction", "/data/type"}},
      {"op", {"/data/op"}},
      {"object", {"/data/object"}},
      {"count", {"/data/count"}},
      {"source", {"/data/source", "=cloudevents"}},
  };
  spec.types = DottedNames();
  return spec;
}

}  // namespace

const MappingSpecs& ClientMappings() {
  static const MappingSpecs specs = {
      {"cloudevents", CloudEvents()}, {"posthog", Posthog()}, {"segment", Segment()}};
  return specs;
}

}  // namespace pagepulse
