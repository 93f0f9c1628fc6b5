#pragma once

// What the clients that sites and apps already have send: built-in mappings, one each, with the
// table of docs/clients.md. The configuration changes them as any mapping.

#include <memory>

#include "ingest/adapter.h"
#include "ingest/mapping.h"

namespace pagepulse {

// "posthog", "segment" (which Rudder speaks too), "cloudevents".
const MappingSpecs& ClientMappings();

// CloudEvents: what `mapped` reads, and, where the headers say `ce-specversion`, one event whose
// attributes are in them (binary mode).
std::unique_ptr<Adapter> MakeCloudEventsAdapter(std::unique_ptr<Adapter> mapped);

}  // namespace pagepulse
