#pragma once

#include <string>
#include <string_view>

namespace pagepulse {

// The text as a search compares it: Latin letters in lower case without their marks, so that
// "duong" finds "đường" and "Đường", however they are composed. What is not Latin stays as it is.
std::string SearchText(std::string_view text);

}  // namespace pagepulse
