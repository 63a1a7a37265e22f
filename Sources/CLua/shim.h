#include <stdlib.h>
#include <lua.h>
#include <lauxlib.h>
#include <lualib.h>

// Lua leaves a function that fails by longjmp, which may cross C frames but no Swift frames. So all that can fail while a
// script runs is here: the allocator that says no, the hook that ends the script, and the way in and out of Swift functions.

/// What a state may use up, and has.
typedef struct {
    size_t memory;
    size_t memory_limit;
    /// Instructions that are left.
    long long instructions;
    /// Not 0 while Swift code runs, which an allocation that fails would leave by longjmp.
    int is_native;
} clua_limits;

static inline clua_limits *clua_limits_of(lua_State *state) {
    void *context;
    lua_getallocf(state, &context);
    return (clua_limits *)context;
}

static inline void *clua_allocate(void *context, void *block, size_t old_size, size_t new_size) {
    clua_limits *limits = (clua_limits *)context;
    if (block == NULL) old_size = 0;  // it tells the kind of object then
    if (new_size == 0) {
        free(block);
        limits->memory -= old_size;
        return NULL;
    }
    if (new_size > old_size && !limits->is_native && limits->memory + (new_size - old_size) > limits->memory_limit) return NULL;
    void *moved = realloc(block, new_size);
    if (moved != NULL) limits->memory += new_size - old_size;
    return moved;
}

enum { clua_hook_interval = 1000 };

static inline void clua_count(lua_State *state, lua_Debug *activation) {
    clua_limits *limits = clua_limits_of(state);
    limits->instructions -= clua_hook_interval;
    if (limits->instructions > 0) return;
    // From now on at every instruction: a script that catches the error gets no further.
    lua_sethook(state, clua_count, LUA_MASKCOUNT, 1);
    luaL_error(state, "too many instructions");
}

/// A new state that keeps to the limits, which must outlive it; NULL without memory.
static inline lua_State *clua_new_state(clua_limits *limits) {
    lua_State *state = lua_newstate(clua_allocate, limits);
    if (state != NULL) lua_sethook(state, clua_count, LUA_MASKCOUNT, clua_hook_interval);
    return state;
}

/// Takes its arguments from the stack and returns how many results it left there; negative: the error message is on top.
/// Must call nothing of Lua that fails for another reason than want of memory.
typedef int (*clua_function)(lua_State *state);

static inline int clua_call(lua_State *state) {
    clua_function function = (clua_function)lua_touserdata(state, lua_upvalueindex(1));
    clua_limits *limits = clua_limits_of(state);
    limits->is_native += 1;
    int results = function(state);
    limits->is_native -= 1;
    if (results >= 0) return results;
    luaL_where(state, 1);
    lua_insert(state, -2);
    lua_concat(state, 2);
    return lua_error(state);
}

/// Pushes a Swift function.
static inline void clua_push_function(lua_State *state, clua_function function) {
    lua_pushlightuserdata(state, (void *)function);
    lua_pushcclosure(state, clua_call, 1);
}
