#include "ingest/registry.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/ingest/mapping_testing.h"

namespace pagepulse {
namespace {

using ::testing::HasSubstr;
using ::testing::IsSupersetOf;

MappingSpec Views() {
  MappingSpec spec;
  spec.fields = {{"ts", {"/t"}}, {"page", {"=p"}}, {"type", {"=view"}}};
  return spec;
}

TEST(RegistryTest, FormatsAreFoundByName) {
  const absl::StatusOr<AdapterRegistry> registry = AdapterRegistry::Make({{"app", Views()}});
  ASSERT_TRUE(registry.ok()) << registry.status();
  EXPECT_EQ(*registry->Find("native"), &NativeLines());
  EXPECT_EQ(*registry->Find("facebook"), &FacebookWebhook());
  for (const std::string_view name : registry->names()) {
    EXPECT_EQ((*registry->Find(name))->name(), name);
  }
  EXPECT_THAT(registry->names(),
              IsSupersetOf({"native", "facebook", "posthog", "segment", "cloudevents", "app"}));
  EXPECT_EQ(Meanings(ParseAs(**registry->Find("app"), R"({"t":1})")),
            Native(R"({"ts":1,"page":"p","type":"view"})"));
}

TEST(RegistryTest, AnUnknownFormatIsToldWhichThereAre) {
  const absl::StatusOr<AdapterRegistry> registry = AdapterRegistry::Make({{"app", Views()}});
  for (const char* name : {"amplitude", "", "Native", "nativ"}) {
    const absl::Status status = registry->Find(name).status();
    EXPECT_EQ(ErrorCode(status), "unknown_format");
    EXPECT_THAT(std::string(status.message()), HasSubstr(std::string("`") + name + "`"));
    for (const std::string_view known : registry->names()) {
      EXPECT_THAT(ErrorHint(status), HasSubstr(std::string(known)));
    }
  }
}

TEST(RegistryTest, ABuiltInMappingIsChangedKeyByKey) {
  MappingSpec change;
  change.fields = {{"page", {"=tan-dinh-web"}}, {"source", {"=web"}}};
  change.types = {{"like", "-"}, {"Report Sent", "sos_alert"}};
  const absl::StatusOr<AdapterRegistry> registry = AdapterRegistry::Make({{"posthog", change}});
  ASSERT_TRUE(registry.ok());
  const Adapter& posthog = **registry->Find("posthog");
  const std::string rest = R"(,"timestamp":"2025-07-01T00:00:00Z","uuid":"u","distinct_id":"d",)"
                           R"("properties":{"page":"other"}})";
  EXPECT_EQ(Meanings(ParseAs(posthog, R"({"event":"report_sent")" + rest)),
            Native(R"({"id":"u","ts":"2025-07-01T00:00:00Z","page":"tan-dinh-web","actor":"d",)"
                   R"("type":"sos_alert","source":"web"})"));
  EXPECT_EQ(Meanings(ParseAs(posthog, R"({"event":"like")" + rest)), Native("ignored 1"));
  EXPECT_EQ(Meanings(ParseAs(posthog, R"({"event":"$pageview")" + rest)),
            Native(R"({"id":"u","ts":"2025-07-01T00:00:00Z","page":"tan-dinh-web","actor":"d",)"
                   R"("type":"view","source":"web"})"));
}

TEST(RegistryTest, ABadMappingIsNamed) {
  MappingSpec bad = Views();
  bad.fields["page"] = {"p"};
  EXPECT_THAT(std::string(AdapterRegistry::Make({{"app", bad}}).status().message()),
              HasSubstr("mapping `app`, `page`"));
  EXPECT_THAT(std::string(AdapterRegistry::Make({{"native", Views()}}).status().message()),
              HasSubstr("`native`"));
  EXPECT_EQ(ErrorCode(AdapterRegistry::Make({{"facebook", Views()}}).status()), "bad_mapping");
}

}  // namespace
}  // namespace pagepulse
