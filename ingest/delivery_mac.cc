#include "ingest/delivery_mac.h"

#include <openssl/crypto.h>

namespace pagepulse {
namespace {

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

bool DecodeMac(std::string_view hex, DeliveryMac* mac) {
  if (hex.size() != 2 * mac->size()) return false;
  for (size_t i = 0; i < mac->size(); ++i) {
    const int high = HexDigit(hex[2 * i]), low = HexDigit(hex[2 * i + 1]);
    if (high < 0 || low < 0) return false;
    (*mac)[i] = static_cast<uint8_t>(high * 16 + low);
  }
  return true;
}

bool SameMac(const DeliveryMac& a, const DeliveryMac& b) {
  return CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace pagepulse
