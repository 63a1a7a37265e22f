/// What scripts find when they start.
enum LuaSandbox {
    /// Instructions that turn Lua's libraries into what scripts may use.
    ///
    /// Taken away is what reaches out of the state (files, processes, code that was not admitted), what could undo the taking
    /// away, and the few functions that can keep a processor busy without counting as instructions.
    static let prelude = Result { () throws(LuaError) in try LuaState.compile(source, name: "prelude") }

    private static let source = """
        local kube, format, floor, kind, original = kube, string.format, math.floor, math.type, tostring
        _G.kube = nil

        local function refuse(library, prefix, names)
          for _, name in ipairs(names) do
            library[name] = function() error("call function " .. prefix .. name .. " is not supported in a customization", 2) end
          end
        end
        refuse(_G, "", {
          "collectgarbage", "dofile", "getfenv", "getmetatable", "load", "loadfile", "loadstring", "rawequal", "rawget", "rawset",
          "setfenv", "setmetatable", "module", "newproxy",
        })
        refuse(string, "string.", { "dump", "rep" })
        refuse(table, "table.", { "move" })
        os = { time = os.time, date = os.date }
        print = function() end
        warn = nil

        function require(name)
          if name == "kube" then return kube end
          error("module " .. original(name) .. " not found: there is only kube", 2)
        end

        -- Lua 5.1 had no integers apart from other numbers: 4 / 2 was "2".
        function tostring(value)
          if kind(value) == "float" and value == floor(value) and value > -2^53 and value < 2^53 then
            return format("%d", value)
          end
          return original(value)
        end
        unpack = table.unpack
        table.getn = function(list) return #list end
        string.gfind = string.gmatch
        """
}
