#pragma once

#include <memory>
#include <string>

#include "gtest/gtest.h"
#include "storage/rocks.h"

namespace pagepulse {

// A store that forgets nothing; aborts the test where it cannot be opened.
inline std::unique_ptr<Rocks> OpenRocks(const std::string& path, bool read_only = false) {
  DatabaseOptions options;
  options.path = path;
  options.read_only = read_only;
  auto rocks = Rocks::Open(options, std::make_shared<Retention>());
  EXPECT_TRUE(rocks.ok()) << rocks.status();
  return *std::move(rocks);
}

}  // namespace pagepulse
