#pragma once

/// How often this process has asked for memory since it started.
unsigned long long allocationCount(void);
