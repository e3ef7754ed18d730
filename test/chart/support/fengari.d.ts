/** As much of fengari (Lua 5.3 in JavaScript, which brings no types) as the tests call. */
declare module 'fengari' {
  interface State {
    readonly __state: never;
  }
  type LuaString = Uint8Array;
  const fengari: {
    readonly lua: {
      readonly LUA_OK: number;
      lua_tostring(state: State, index: number): LuaString;
      lua_tojsstring(state: State, index: number): string;
    };
    readonly lauxlib: {
      luaL_newstate(): State;
      luaL_dostring(state: State, program: LuaString): number;
    };
    readonly lualib: { luaL_openlibs(state: State): void };
    to_luastring(text: string): LuaString;
    to_jsstring(text: LuaString): string;
  };
  export default fengari;
}
